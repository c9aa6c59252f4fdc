// What PostgreSQL was told to do, by its own log.
import { open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '../stand.ts'
import { askEach } from './ask-each.ts'
import type { Contestant } from './contestants.ts'

const OURS = 'karcis-bench'
// Karcis asks this when somebody probes its health, as Varnish does each second.
const PROBE = /: SELECT 1$/

/** Counts the statements of everyone but the bench, BEGIN and COMMIT included, while `work` runs. */
export async function countStatements(stand: Stand, work: () => Promise<unknown>): Promise<number> {
  const { database, postgresLog } = stand
  await database.query(`SET application_name = '${OURS}'`)
  await database.query(`ALTER SYSTEM SET log_line_prefix = '%a|'`)
  const setLogging = async (to: 'all' | 'none') => {
    await database.query(`ALTER SYSTEM SET log_statement = '${to}'`)
    await database.query('SELECT pg_reload_conf()')
    // Each connection hears of it by a signal, this one too.
    while ((await database.query('SHOW log_statement')).rows[0]?.log_statement !== to) await sleep(10)
    await sleep(100)
  }
  await setLogging('all')
  const { size: begin } = await stat(postgresLog)
  try {
    await work()
  } finally {
    await setLogging('none')
  }
  const { size: end } = await stat(postgresLog)
  const log = await open(postgresLog)
  const { buffer } = await log.read({ buffer: Buffer.alloc(end - begin), position: begin })
  await log.close()
  const lines = buffer.toString().match(/^.*\|LOG: {2}(statement|execute [^:]*):.*/gm) ?? []
  return lines.filter((line) => !line.startsWith(OURS) && !PROBE.test(line)).length
}

const SAMPLE = 50
// Beyond the numbers that rounds ask for.
const UNASKED = 80_000_000

/** SQL statements an answer, of answers as a round gets them. Throws when a cache was not what answered. */
export async function statementsEach(stand: Stand, contestant: Contestant): Promise<number> {
  const { filled, what } = contestant
  const from = filled ? 0 : UNASKED
  if (filled) await askEach(contestant, from, SAMPLE)
  const counted = await countStatements(stand, () => askEach(contestant, from, SAMPLE))
  // A cache may ask again in the meantime, because what it has grows old.
  if (filled && counted > SAMPLE / 10)
    throw new Error(`${what}: not its cache answered, but ${counted} statements.`)
  return Math.round((counted / SAMPLE) * 10) / 10
}
