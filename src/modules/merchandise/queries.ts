import type { Merchandise, Review } from '../../generated/prisma/client.ts'
import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { foldCase } from '../../platform/fold-case.ts'
import { parseId } from '../../platform/ids.ts'
import { type Connection, type Page, type PageArgs, paginate, type Sort } from '../../platform/pagination.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { asTag, type Given, InputCheck, isLine } from '../organizers/input-check.ts'
import { organizerFor } from '../organizers/permissions.ts'
import { prefixQuery } from '../organizers/search-words.ts'
import { merchandiseFor } from './merchandise-for.ts'

type MerchandiseQuery = Pick<Prisma.MerchandiseFindManyArgs, 'include' | 'select'>
type Reads = Pick<Deps, 'prisma'>

export interface MerchandiseFilter {
  readonly search?: Given<string>
  readonly category?: Given<string>
  readonly tag?: Given<string>
  readonly eventSlug?: Given<string>
  readonly organizerSlug?: Given<string>
  readonly minPrice?: Given<string>
  readonly maxPrice?: Given<string>
}

export type MerchandiseOrder = 'NEWEST' | 'PRICE_ASC' | 'PRICE_DESC' | 'RATING_DESC' | 'BEST_SELLING'

const PHRASES = ['search', 'category', 'tag', 'eventSlug', 'organizerSlug'] as const
// One number is compared with every price, so a filter by price speaks of one currency.
const FILTER_CURRENCY = 'IDR'
const MAX_BIGINT = 2n ** 63n - 1n

const sorts: Readonly<Record<MerchandiseOrder, Sort<Merchandise>>> = {
  NEWEST: { name: 'NEWEST', column: 'createdAt', direction: 'desc', kind: 'date' },
  PRICE_ASC: { name: 'PRICE_ASC', column: 'minPriceMinor', direction: 'asc', kind: 'bigint' },
  PRICE_DESC: { name: 'PRICE_DESC', column: 'minPriceMinor', direction: 'desc', kind: 'bigint' },
  RATING_DESC: { name: 'RATING_DESC', column: 'ratingCenti', direction: 'desc', kind: 'int' },
  BEST_SELLING: { name: 'BEST_SELLING', column: 'soldCount', direction: 'desc', kind: 'int' },
}

/** One page of published merchandise. Throws ValidationFailed for a bad filter or cursor. */
export async function listMerchandise(
  deps: Reads,
  args: PageArgs & { readonly filter?: Given<MerchandiseFilter>; readonly orderBy?: Given<MerchandiseOrder> },
  query: MerchandiseQuery,
): Promise<Connection<Merchandise>> {
  const filter = await whereOf(deps, args.filter ?? {})
  return paginate<Merchandise>(args, sorts[args.orderBy ?? 'NEWEST'], ({ where, ...page }) =>
    deps.prisma.merchandise.findMany({ ...query, ...page, where: { AND: [filter, where] } }),
  )
}

async function whereOf(deps: Reads, filter: MerchandiseFilter): Promise<Prisma.MerchandiseWhereInput> {
  const check = new InputCheck('filter')
  for (const field of PHRASES) check.phrase(field, filter[field])
  const bound = (field: 'minPrice' | 'maxPrice') => {
    const text = filter[field]
    // A bound above all prices is no mistake.
    return text == null ? undefined : check.amount(field, text, FILTER_CURRENCY, { most: MAX_BIGINT })
  }
  const gte = bound('minPrice')
  const lte = bound('maxPrice')
  check.done()
  const words = prefixQuery(filter.search ?? '')
  return {
    published: true,
    id: words ? { in: await searchMerchandise(deps, words) } : undefined,
    categoryKeys: filter.category == null ? undefined : { hasSome: keysOf(filter.category) },
    tags: filter.tag == null ? undefined : { has: asTag(filter.tag) },
    event: filter.eventSlug == null ? undefined : { slug: filter.eventSlug, status: { not: 'DRAFT' } },
    organizer: filter.organizerSlug == null ? undefined : { slug: filter.organizerSlug },
    minPriceMinor: { gte, lte },
    variants:
      gte === undefined && lte === undefined ? undefined : { some: { currencyCode: FILTER_CURRENCY } },
  }
}

/** As PostgreSQL may have made the key: where its locale is C, lower() knows ASCII alone. */
function keysOf(category: string): string[] {
  const key = foldCase(category)
  const ascii = category
    .normalize()
    .trim()
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return [...new Set([key, ascii])]
}

/** Ids of the best matches. `words` comes from prefixQuery, so it is a well-formed tsquery. */
async function searchMerchandise(deps: Reads, words: string): Promise<string[]> {
  const rows = await deps.prisma.$queryRaw<{ id: string }[]>`
    SELECT merchandise.id FROM merchandise, to_tsquery('simple', ${words}) AS words
    WHERE merchandise.published AND merchandise.search @@ words
    ORDER BY ts_rank(merchandise.search, words) DESC, merchandise.id LIMIT 1000`
  return rows.map(({ id }) => id)
}

/** One published item; null for an unknown slug and for what is not published. */
export const findMerchandise = async (
  deps: Reads,
  slug: string,
  query: MerchandiseQuery,
): Promise<Merchandise | null> =>
  isLine(slug) ? deps.prisma.merchandise.findUnique({ ...query, where: { slug, published: true } }) : null

/** One page of an organizer's merchandise, drafts included, for its staff. */
export async function listStaffMerchandise(
  deps: Reads,
  caller: Caller,
  {
    organizerId: organizer,
    eventId: event,
    ...args
  }: PageArgs & { organizerId: string; eventId?: Given<string> },
  query: MerchandiseQuery,
): Promise<Connection<Merchandise>> {
  const organizerId = organizerFor(caller, organizer, 'merchandise.read')
  const eventId = event == null ? null : parseId(event)
  const scope = { organizerId, eventId: eventId ?? undefined }
  return paginate<Merchandise>(args, sorts.NEWEST, async ({ where, ...page }) =>
    event != null && !eventId
      ? []
      : deps.prisma.merchandise.findMany({ ...query, ...page, where: { AND: [scope, where] } }),
  )
}

/** One item, drafts included, for staff of its organizer. */
export async function findStaffMerchandise(
  deps: Reads,
  caller: Caller,
  id: string,
  query: MerchandiseQuery,
): Promise<Merchandise> {
  const { id: merchandiseId } = await merchandiseFor(deps.prisma, caller, id, 'merchandise.read')
  return deps.prisma.merchandise.findUniqueOrThrow({ ...query, where: { id: merchandiseId } })
}

/** The same page of reviews for each of many items, in one statement with a LIMIT for each. */
export async function reviewsByItem(
  deps: Reads,
  merchandiseIds: readonly string[],
  { where, ...page }: Page,
): Promise<ReadonlyMap<string, Review[]>> {
  const items = await deps.prisma.merchandise.findMany({
    where: { id: { in: [...merchandiseIds] } },
    select: { id: true, reviews: { ...page, where } },
  })
  return new Map(items.map(({ id, reviews }) => [id, reviews]))
}
