// The event list as a good engineer would write it by hand: one joined statement, and resolvers by default.
import { readFileSync } from 'node:fs'
import { GraphQLScalarType } from 'graphql'
import { Pool } from 'pg'

export interface ListArgs {
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
  readonly filter?: Filter | null
  readonly orderBy?: keyof typeof ORDERS | null
}

interface Filter {
  readonly search?: string | null
  readonly category?: string | null
  readonly city?: string | null
  readonly tag?: string | null
  readonly startsAfter?: Date | null
  readonly startsBefore?: Date | null
  readonly organizerSlug?: string | null
}

const ORDERS = {
  STARTS_AT_ASC: { column: 'starts_at', field: 'startsAt', ascending: true },
  STARTS_AT_DESC: { column: 'starts_at', field: 'startsAt', ascending: false },
  PUBLISHED_AT_DESC: { column: 'published_at', field: 'publishedAt', ascending: false },
} as const

interface Row {
  readonly id: string
  readonly status: string
  readonly startsAt: Date
  readonly endsAt: Date
  readonly publishedAt: Date
  readonly organizerId: string
  readonly organizerSlug: string
  readonly organizerName: string
}

export const typeDefs = readFileSync(new URL('event-list.graphql', import.meta.url), 'utf8')

const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: (value) => {
    const time = new Date(String(value))
    if (Number.isNaN(time.getTime())) throw new TypeError('A DateTime is an RFC 3339 string.')
    return time
  },
})

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
pool.on('error', () => undefined)
// Nobody waits for a database that is being stopped.
process.on('SIGTERM', () => process.exit(0))

// PostgreSQL plans a statement with a name once a connection, as it does for Karcis.
const names = new Map<string, string>()

function nameOf(text: string): string {
  const name = names.get(text) ?? `events-${names.size}`
  names.set(text, name)
  return name
}

async function listEvents(args: ListArgs) {
  const order = ORDERS[args.orderBy ?? 'STARTS_AT_ASC']
  const backwards = args.last != null
  const size = Math.min(Math.max((backwards ? args.last : args.first) ?? 20, 1), 100)
  const ascending = order.ascending !== backwards
  const values: unknown[] = []
  const bound = (value: unknown) => `$${values.push(value)}`
  const conditions = ["e.status = 'PUBLISHED'"]
  const { search, category, city, tag, startsAfter, startsBefore, organizerSlug } = args.filter ?? {}
  if (search) conditions.push(`e.search @@ plainto_tsquery('simple', ${bound(search)})`)
  if (category != null) conditions.push(`e.category = ${bound(category)}`)
  if (city != null) conditions.push(`e.city = ${bound(city)}`)
  if (tag != null) conditions.push(`e.tags @> ARRAY[${bound(tag)}]`)
  if (startsAfter) conditions.push(`e.starts_at >= ${bound(startsAfter)}`)
  if (startsBefore) conditions.push(`e.starts_at < ${bound(startsBefore)}`)
  if (organizerSlug != null) conditions.push(`o.slug = ${bound(organizerSlug)}`)
  const cursor = backwards ? args.before : args.after
  if (cursor) {
    const [time, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, string]
    conditions.push(`(e.${order.column}, e.id) ${ascending ? '>' : '<'} (${bound(time)}, ${bound(id)})`)
  }
  const direction = ascending ? 'ASC' : 'DESC'
  const text = `
    SELECT e.id, e.slug, e.title, e.status, e.category, e.tags, e.city, e.venue, e.time_zone AS "timeZone",
           e.starts_at AS "startsAt", e.ends_at AS "endsAt", e.sales_start_at AS "salesStartAt",
           e.sales_end_at AS "salesEndAt", e.published_at AS "publishedAt", e.image_url AS "imageUrl",
           o.id AS "organizerId", o.slug AS "organizerSlug", o.name AS "organizerName"
    FROM event e JOIN organizer o ON o.id = e.organizer_id
    WHERE ${conditions.join(' AND ')}
    ORDER BY e.${order.column} ${direction}, e.id ${direction} LIMIT ${size + 1}`
  const { rows } = await pool.query<Row>({ name: nameOf(text), text, values })
  const more = rows.length > size
  if (more) rows.pop()
  if (backwards) rows.reverse()
  const now = new Date()
  const edges = rows.map((row) => ({
    cursor: Buffer.from(JSON.stringify([row[order.field].toISOString(), row.id])).toString('base64url'),
    node: {
      ...row,
      status: row.status === 'PUBLISHED' && row.endsAt <= now ? 'ENDED' : row.status,
      organizer: { id: row.organizerId, slug: row.organizerSlug, name: row.organizerName },
    },
  }))
  return {
    edges,
    pageInfo: {
      hasNextPage: backwards ? cursor != null : more,
      hasPreviousPage: backwards ? more : cursor != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

export const resolvers = {
  DateTime,
  Query: { events: (_root: unknown, args: ListArgs) => listEvents(args) },
}
