import { invalid } from './errors.ts'
import { parseId } from './ids.ts'
import { isoTime } from './iso-time.ts'

export interface PageArgs {
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
}

/** A total order: one column, then id, both in the same direction as the index that serves it. */
export interface Sort<Row> {
  readonly name: string
  readonly direction: 'asc' | 'desc'
  readonly column: keyof Row & string
  readonly kind: 'date' | 'bigint' | 'int'
}

/** What to read, as Prisma takes it. */
export interface Page {
  readonly where: object
  readonly orderBy: Record<string, 'asc' | 'desc'>[]
  readonly take: number
}

/** Where a page begins and which way it goes, for a statement by hand. */
export interface Place {
  /** The row before the first; null: from the start. */
  readonly from: Position | null
  readonly direction: 'asc' | 'desc'
}

/** A place in an order: the value of its column, and the id among equals. */
export interface Position {
  readonly value: Date | bigint | number
  readonly id: string
}

export interface Connection<Row> {
  readonly edges: { cursor: string; node: Row }[]
  readonly pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
}

/** Rows of a page of which nobody said how many. */
export const DEFAULT_SIZE = 20
/** Rows of a page at most; also of every list that is not paged, unless it says otherwise. */
export const MAX_SIZE = 100

/**
 * One page by keyset, as the Relay cursor specification has it: 20 rows unless told, 100 at most. A cursor is good for
 * the order it came from, and stays good when its row is gone. Throws ValidationFailed.
 */
export async function paginate<Row extends { id: string }>(
  args: PageArgs,
  sort: Sort<Row>,
  find: (page: Page, place: Place) => Promise<Row[]>,
): Promise<Connection<Row>> {
  const backwards = args.last != null
  if (backwards && (args.first != null || args.after != null)) {
    throw invalid(['last'], 'Page forwards with first and after, or backwards with last and before.')
  }
  if (!backwards && args.before != null) throw invalid(['before'], 'before goes with last.')
  const size = sizeOf(backwards ? 'last' : 'first', backwards ? args.last : args.first)
  const cursor = backwards ? args.before : args.after
  const from = cursor == null ? null : parseCursor(cursor, sort, backwards ? 'before' : 'after')
  const direction = backwards ? flip(sort.direction) : sort.direction
  const page = {
    where: from ? beyond(sort.column, direction, from) : {},
    orderBy: [{ [sort.column]: direction }, { id: direction }],
    take: size + 1,
  }
  const rows = await find(page, { from, direction })
  const more = rows.length > size
  const kept = more ? rows.slice(0, size) : rows
  if (backwards) kept.reverse()
  const edges = kept.map((node) => ({ cursor: cursorOf(node, sort), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: backwards ? from !== null : more,
      hasPreviousPage: backwards ? more : from !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

const flip = (direction: 'asc' | 'desc') => (direction === 'asc' ? 'desc' : 'asc')

function sizeOf(name: string, value: number | null | undefined): number {
  if (value == null) return DEFAULT_SIZE
  if (value < 1 || value > MAX_SIZE) throw invalid([name], `${name} is 1 to ${MAX_SIZE}.`)
  return value
}

function beyond(column: string, direction: 'asc' | 'desc', { value, id }: Position): object {
  const operator = direction === 'asc' ? 'gt' : 'lt'
  // The first condition is implied by the second; it lets the index bound the scan.
  const inclusive = direction === 'asc' ? 'gte' : 'lte'
  return {
    [column]: { [inclusive]: value },
    OR: [{ [column]: { [operator]: value } }, { [column]: value, id: { [operator]: id } }],
  }
}

function cursorOf<Row extends { id: string }>(row: Row, sort: Sort<Row>): string {
  const value: unknown = row[sort.column]
  const text = value instanceof Date ? isoTime(value) : String(value)
  // None of the three holds what JSON would escape.
  return Buffer.from(`["${sort.name}","${text}","${row.id}"]`, 'latin1').toString('base64url')
}

function parseCursor<Row>(cursor: string, sort: Sort<Row>, name: string): Position {
  const wrong = invalid([name], 'The cursor is not from this list in this order.')
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw wrong
  }
  if (!Array.isArray(parts)) throw wrong
  const [order, text, id] = parts as unknown[]
  if (order !== sort.name || typeof text !== 'string' || typeof id !== 'string') throw wrong
  const value = positionValue(text, sort.kind)
  // A forged cursor must not reach PostgreSQL with a value that its column cannot have.
  if (value === null || !parseId(id)) throw wrong
  return { value, id }
}

function positionValue(text: string, kind: Sort<unknown>['kind']): Position['value'] | null {
  if (kind === 'date') {
    const value = new Date(text)
    return !Number.isNaN(value.getTime()) && value.getUTCFullYear() >= 1 ? value : null
  }
  if (!/^-?\d{1,18}$/.test(text)) return null
  if (kind === 'bigint') return BigInt(text)
  const value = Number(text)
  return value === (value | 0) ? value : null
}
