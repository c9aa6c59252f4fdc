// What tests put into the catalogue, straight into the database, and how they read its lists.
import { randomUUID } from 'node:crypto'
import { EVERYTHING } from '../../src/http/edge/tags.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Prisma } from '../../src/platform/prisma.ts'
import type { CallOptions, TestApp } from './app.ts'

type Has = Pick<TestApp, 'prisma'> & { readonly app: Pick<TestApp['app'], 'deps'> }

/** What was written behind the server's back was announced by nobody, so all that is cached is forgotten. */
export const forgetAnswers = ({ app }: Pick<Has, 'app'>): void => app.deps.purges.announce([EVERYTHING])

export const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000)

const unique = (name: string): string => `${name}-${randomUUID()}`

export async function addOrganizer({ prisma }: Has, slug = unique('penyelenggara')) {
  return prisma.organizer.create({ data: { id: newId(), slug, name: 'Panggung Kita' } })
}

/** A public event of next month, unless told otherwise. */
export const eventOf = (
  organizerId: string,
  values: Partial<Prisma.EventUncheckedCreateInput> = {},
): Prisma.EventUncheckedCreateInput => ({
  id: newId(),
  organizerId,
  slug: unique('acara'),
  title: 'Malam Musik',
  description: '',
  status: 'PUBLISHED',
  timeZone: 'Asia/Jakarta',
  startsAt: inDays(30),
  endsAt: inDays(31),
  publishedAt: inDays(-1),
  ...values,
})

export async function addEvent(
  app: Has,
  organizerId: string,
  values: Partial<Prisma.EventUncheckedCreateInput> = {},
) {
  const made = await app.prisma.event.create({ data: eventOf(organizerId, values) })
  forgetAnswers(app)
  return made
}

export async function addCategory(
  app: Has,
  eventId: string,
  values: Partial<Prisma.TicketCategoryUncheckedCreateInput> = {},
) {
  const quota = values.quota ?? 50
  const made = await app.prisma.ticketCategory.create({
    data: {
      id: newId(),
      eventId,
      name: 'Umum',
      priceMinor: 5_000_000n,
      currencyCode: 'IDR',
      remaining: quota,
      maxPerOrder: 4,
      ...values,
      quota,
    },
  })
  forgetAnswers(app)
  return made
}

/** Public merchandise with one variant of 10 at its lowest price. */
export async function addItem(
  app: Has,
  organizerId: string,
  values: Partial<Prisma.MerchandiseUncheckedCreateInput> = {},
  variant: Partial<Prisma.MerchandiseVariantUncheckedCreateWithoutMerchandiseInput> = {},
) {
  const minPriceMinor = values.minPriceMinor ?? 7_500_000n
  const made = await app.prisma.merchandise.create({
    include: { variants: true },
    data: {
      id: newId(),
      organizerId,
      slug: unique('barang'),
      name: 'Kaos',
      description: '',
      published: true,
      minPriceMinor,
      ...values,
      variants: {
        create: {
          id: newId(),
          sku: unique('SKU'),
          name: 'M',
          priceMinor: minPriceMinor,
          currencyCode: 'IDR',
          stock: 10,
          remaining: 10,
          ...variant,
        },
      },
    },
  })
  forgetAnswers(app)
  return made
}

interface Walk extends CallOptions {
  readonly size?: number
  readonly backwards?: boolean
}

/** All ids of a list, page by page by GET, in the list's own order. Stops at a page that lies about its neighbours. */
export async function walk(
  app: Pick<TestApp, 'call'>,
  operation: string,
  field: string,
  variables: object = {},
  { size = 7, backwards = false, ...options }: Walk = {},
): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < 1_000; pages++) {
    const page = backwards ? { last: size, before: cursor } : { first: size, after: cursor }
    const answer = await app.call(operation, { ...variables, ...page }, { method: 'GET', ...options })
    if (answer.body.errors) throw new Error(JSON.stringify(answer.body.errors))
    const { edges, pageInfo } = answer.body.data[field]
    const here = edges.map((edge: { node: { id: string } }) => edge.node.id)
    const [more, came] = backwards
      ? [pageInfo.hasPreviousPage, pageInfo.hasNextPage]
      : [pageInfo.hasNextPage, pageInfo.hasPreviousPage]
    if (came !== (cursor !== null)) throw new Error('The page denies where it comes from.')
    if (more && here.length !== size) throw new Error('A page that is not the last is not full.')
    if (backwards) ids.unshift(...here)
    else ids.push(...here)
    if (!more) return ids
    cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor
  }
  throw new Error('The list never ends.')
}
