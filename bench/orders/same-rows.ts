// Whether all write the same: a race is fair only then. Asked of the database, whoever wrote it.
import { addSale } from '../sales.ts'
import type { Stand } from '../stand.ts'
import type { Contestant } from './contestants.ts'
import { offers } from './groups.ts'

/** The rows of one order by table: how many, which columns are not null, and how large they are. */
interface Left {
  readonly rows: string
  readonly bytes: number
}

const TABLES = [
  ['order', 'true'],
  ['order_line', 'r.order_id = o.id'],
  ['idempotency_key', "r.answer->>'orderId' = o.id::text"],
  ['outbox', "r.payload->>'orderId' = o.id::text"],
] as const

async function leftBy(stand: Stand, contestant: Contestant): Promise<Left> {
  const items = await addSale(stand, offers.one)
  await contestant.run({ buyers: 1, seconds: 0.05, items }, 'one')
  const found: string[] = []
  let bytes = 0
  for (const [table, joined] of TABLES) {
    const from =
      table === 'order' ? '"order" r WHERE r.id = (SELECT id FROM o)' : `"${table}" r, o WHERE ${joined}`
    const { rows } = await stand.database.query<{ name: string; bytes: number }>(
      `WITH o AS (SELECT id FROM "order" WHERE event_id = $1 ORDER BY id LIMIT 1)
       SELECT (SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_each(to_jsonb(r)) WHERE value <> 'null') AS name,
              pg_column_size(r.*) AS bytes
       FROM ${from}`,
      [items[0]?.eventId],
    )
    found.push(...rows.map(({ name }) => `${table}: ${name}`))
    bytes += rows.reduce((sum, row) => sum + row.bytes, 0)
  }
  return { rows: found.join('\n'), bytes }
}

// Numbers of orders and such differ by a letter or two.
const TOLERANCE = 0.1

/** Throws unless all leave the same rows, filled alike and about as large, as Karcis' command does. */
export async function compareRows(stand: Stand, contestants: readonly Contestant[]): Promise<void> {
  const left: (Left & { contestant: Contestant })[] = []
  for (const contestant of contestants) left.push({ contestant, ...(await leftBy(stand, contestant)) })
  const karcis = left.find(({ contestant }) => contestant.key === 'command')
  if (!karcis) throw new Error('Karcis wrote nothing.')
  for (const { contestant, rows, bytes } of left) {
    if (rows !== karcis.rows)
      throw new Error(`${contestant.what} leaves\n${rows}\nand Karcis leaves\n${karcis.rows}`)
    if (Math.abs(bytes - karcis.bytes) > TOLERANCE * karcis.bytes)
      throw new Error(`${contestant.what} leaves ${bytes} bytes an order and Karcis ${karcis.bytes}.`)
  }
}
