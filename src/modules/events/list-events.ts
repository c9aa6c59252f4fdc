import type { Deps } from '../../platform/deps.ts'
import { foldCase } from '../../platform/fold-case.ts'
import { type JsonModel, jsonModel, readJson, reviveMoments } from '../../platform/json-rows.ts'
import { type Connection, type PageArgs, type Place, paginate, type Sort } from '../../platform/pagination.ts'
import { Prisma } from '../../platform/prisma.ts'
import { asTag, type Given, InputCheck } from '../organizers/input-check.ts'
import { prefixQuery } from '../organizers/search-words.ts'

/** An event is always read with its organizer, which lists and details show alike. */
export type EventView = Prisma.EventGetPayload<{ include: { organizer: true } }>

export interface EventFilter {
  readonly search?: Given<string>
  readonly category?: Given<string>
  readonly city?: Given<string>
  readonly tag?: Given<string>
  readonly startsAfter?: Given<Date>
  readonly startsBefore?: Given<Date>
  readonly organizerSlug?: Given<string>
}

const PHRASES = ['search', 'category', 'city', 'tag', 'organizerSlug'] as const

export type EventOrder = 'STARTS_AT_ASC' | 'STARTS_AT_DESC' | 'PUBLISHED_AT_DESC'

export const eventSorts: Readonly<Record<EventOrder, Sort<EventView>>> = {
  STARTS_AT_ASC: { name: 'STARTS_AT_ASC', column: 'startsAt', direction: 'asc', kind: 'date' },
  STARTS_AT_DESC: { name: 'STARTS_AT_DESC', column: 'startsAt', direction: 'desc', kind: 'date' },
  PUBLISHED_AT_DESC: { name: 'PUBLISHED_AT_DESC', column: 'publishedAt', direction: 'desc', kind: 'date' },
}

const COLUMNS: Readonly<Record<EventOrder, Prisma.Sql>> = {
  STARTS_AT_ASC: Prisma.raw('e.starts_at'),
  STARTS_AT_DESC: Prisma.raw('e.starts_at'),
  PUBLISHED_AT_DESC: Prisma.raw('e.published_at'),
}

const organizer = jsonModel('o', Object.values(Prisma.OrganizerScalarFieldEnum))
const models = new WeakMap<ReadonlySet<string>, JsonModel>()

// What the list itself needs, and what is behind a field of another name.
const ALWAYS: readonly string[] = ['id', 'startsAt', 'endsAt', 'publishedAt', 'status']
const WITHOUT_COLUMN: readonly string[] = ['__typename', 'organizer']

/** An event with the columns of these fields; with all columns when a field is no column. */
function eventWith(fields: ReadonlySet<string>): JsonModel {
  const known = models.get(fields)
  if (known) return known
  const all: readonly string[] = Object.values(Prisma.EventScalarFieldEnum)
  const isPlain = [...fields].every((field) => all.includes(field) || WITHOUT_COLUMN.includes(field))
  const wanted = isPlain ? all.filter((field) => fields.has(field) || ALWAYS.includes(field)) : all
  const model = jsonModel('e', wanted, ['tags'])
  models.set(fields, model)
  return model
}

/**
 * One page of published events in one statement. Of an event it has what `fields` of type Event need. Throws
 * ValidationFailed for a bad filter or cursor.
 */
export async function listEvents(
  deps: Pick<Deps, 'prisma'>,
  args: PageArgs & { readonly filter?: Given<EventFilter>; readonly orderBy?: Given<EventOrder> },
  fields: ReadonlySet<string>,
): Promise<Connection<EventView>> {
  const event = eventWith(fields)
  const row = Prisma.sql`json_build_array(${event.object}, ${organizer.object})`
  const filters = filtersOf(args.filter ?? {})
  const order = args.orderBy ?? 'STARTS_AT_ASC'
  return paginate<EventView>(args, eventSorts[order], async ({ take }, place) => {
    const from = pageOf([...filters, ...positionOf(place, COLUMNS[order])], place, COLUMNS[order], take)
    const rows = await readJson<[EventView, EventView['organizer']]>(deps.prisma, row, from)
    return rows.map(([view, stagedBy]) => {
      reviveMoments(view, event.moments)
      reviveMoments(stagedBy, organizer.moments)
      view.organizer = stagedBy
      return view
    })
  })
}

function pageOf(
  conditions: Prisma.Sql[],
  { direction }: Place,
  column: Prisma.Sql,
  take: number,
): Prisma.Sql {
  const way = Prisma.raw(direction)
  return Prisma.sql`
    FROM event e JOIN organizer o ON o.id = e.organizer_id
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${column} ${way}, e.id ${way} LIMIT ${take}`
}

function positionOf({ from, direction }: Place, column: Prisma.Sql): Prisma.Sql[] {
  if (!from) return []
  const beyond = Prisma.raw(direction === 'asc' ? '>' : '<')
  return [Prisma.sql`(${column}, e.id) ${beyond} (${from.value}::timestamptz, ${from.id}::uuid)`]
}

function filtersOf(filter: EventFilter): Prisma.Sql[] {
  const check = new InputCheck('filter')
  for (const field of PHRASES) check.phrase(field, filter[field])
  check.done()
  const { category, city, tag, startsAfter, startsBefore, organizerSlug } = filter
  const words = prefixQuery(filter.search ?? '')
  const conditions = [Prisma.sql`e.status = 'PUBLISHED'`]
  if (words !== null) conditions.push(Prisma.sql`e.id IN (${bestMatches(words)})`)
  if (category != null) conditions.push(Prisma.sql`e.category_key = lower(${foldCase(category)})`)
  if (city != null) conditions.push(Prisma.sql`e.city_key = lower(${foldCase(city)})`)
  if (tag != null) conditions.push(Prisma.sql`e.tags @> ARRAY[${asTag(tag)}]`)
  if (startsAfter != null) conditions.push(Prisma.sql`e.starts_at >= ${startsAfter}`)
  if (startsBefore != null) conditions.push(Prisma.sql`e.starts_at < ${startsBefore}`)
  if (organizerSlug != null) conditions.push(Prisma.sql`o.slug = ${organizerSlug}`)
  return conditions
}

/** `words` comes from prefixQuery, so it is a well-formed tsquery. */
const bestMatches = (words: string): Prisma.Sql => Prisma.sql`
  SELECT event.id FROM event, to_tsquery('simple', ${words}) AS words
  WHERE event.status = 'PUBLISHED' AND event.search @@ words
  ORDER BY ts_rank(event.search, words) DESC, event.starts_at, event.id LIMIT 1000`
