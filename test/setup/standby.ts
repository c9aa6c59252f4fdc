// A primary and a physical standby that streams from it, in a folder that goes away with them.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { seedOnce } from '../../prisma/seed.ts'
import { applyMigrations } from '../../scripts/migrations/apply.ts'
import { type Postgres, startPostgres } from '../../scripts/services/postgres.ts'
import { testSecrets } from './secrets.ts'
import { createDatabase, run } from './services.ts'
import { eventually } from './shop.ts'
import { RECORD_TRANSITIONS } from './transitions.ts'

const DATABASE = 'karcis'
// Whoever pulls the plug on these loses a test.
const settings = { fsync: 'off', max_connections: '60' }

export interface Standby {
  /** The seeded season. */
  readonly primaryUrl: string
  readonly standbyUrl: string
  /** Runs SQL on the standby and gives the first column of the first row. */
  ask(sql: string): Promise<unknown>
  /** Waits until the standby shows all that the primary has committed. */
  caughtUp(): Promise<void>
  /** From now on each commit is shown by the standby this much later. */
  delay(seconds: number): Promise<void>
  /** Stops replaying until `resume`: the lag grows for as long. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** The standby takes connections and queries, and answers nothing until `thaw`. */
  freeze(): Promise<void>
  thaw(): void
  stopStandby(): Promise<void>
  /**
   * The primary goes, the standby takes over, and the old primary comes back as its standby. Gives the ports of the new primary
   * and of the new standby.
   */
  switchOver(): Promise<{ primary: number; standby: number }>
  stop(): Promise<void>
}

export async function startStandby(): Promise<Standby> {
  const folder = await mkdtemp(join(tmpdir(), 'karcis-standby-'))
  const [first, second] = [join(folder, 'primary'), join(folder, 'standby')]
  const empty = await startPostgres({ dataDir: first, settings })
  await createDatabase(empty.url(), DATABASE)
  await applyMigrations(empty.url(DATABASE))
  await run(empty.url(DATABASE), RECORD_TRANSITIONS)
  await seedOnce(empty.url(DATABASE), testSecrets)
  await empty.stop()
  // The copy of a server that is stopped is whole; -a keeps the user whom PostgreSQL runs as.
  await promisify(execFile)('cp', ['-a', first, second])
  const primary = await startPostgres({ dataDir: first, settings })
  return controls({ folder, primary, standby: await standbyOf(primary, second) })
}

async function standbyOf(primary: Postgres, dataDir: string): Promise<Postgres> {
  await writeFile(join(dataDir, 'cluster', 'standby.signal'), '')
  return startPostgres({
    dataDir,
    settings: {
      ...settings,
      primary_conninfo: primary.url(),
      // A query is never ended because the standby must go on.
      max_standby_streaming_delay: '-1',
      wal_retrieve_retry_interval: '100ms',
    },
  })
}

function controls({
  folder,
  primary,
  standby,
}: {
  folder: string
  primary: Postgres
  standby: Postgres
}): Standby {
  const [primaryUrl, standbyUrl] = [primary.url(DATABASE), standby.url(DATABASE)]
  const ask = (sql: string) => firstOf(standbyUrl, sql)
  const frozen: number[] = []
  let former: Postgres | null = null
  const thaw = () => {
    for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT')
  }
  return {
    primaryUrl,
    standbyUrl,
    ask,
    async caughtUp() {
      const written = await firstOf(primaryUrl, 'SELECT pg_current_wal_flush_lsn()::text')
      await eventually(
        async () => (await ask(`SELECT pg_last_wal_replay_lsn() >= '${written}'`)) === true,
        20,
      )
    },
    async delay(seconds) {
      await ask(`ALTER SYSTEM SET recovery_min_apply_delay = '${seconds}s'`)
      await ask('SELECT pg_reload_conf()')
      await eventually(
        async () => (await ask('SHOW recovery_min_apply_delay')) === (seconds ? `${seconds}s` : '0'),
      )
    },
    async pause() {
      await ask('SELECT pg_wal_replay_pause()')
      await eventually(async () => (await ask('SELECT pg_get_wal_replay_pause_state()')) === 'paused')
    },
    async resume() {
      await ask('SELECT pg_wal_replay_resume()')
    },
    async freeze() {
      const others = `SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE pid <> pg_backend_pid()`
      const postmaster = await readFile(join(folder, 'standby', 'cluster', 'postmaster.pid'), 'utf8')
      frozen.push(
        ...String(await ask(others))
          .split(',')
          .map(Number),
        Number.parseInt(postmaster, 10),
      )
      for (const pid of frozen) process.kill(pid, 'SIGSTOP')
    },
    thaw,
    stopStandby: () => standby.stop(),
    async switchOver() {
      // A server that is stopped in order has told its standby everything before it ends.
      await primary.stop()
      await ask('SELECT pg_promote()')
      former = await standbyOf(standby, join(folder, 'primary'))
      return { primary: standby.port, standby: former.port }
    },
    async stop() {
      thaw()
      await former?.stop()
      await standby.stop()
      await primary.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function firstOf(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}
