// A private database with the seeded season, a private Redis, and Karcis on them as it runs in production.
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { seedOnce } from '../prisma/seed.ts'
import { applyMigrations } from '../scripts/migrations/apply.ts'
import { startPostgres } from '../scripts/services/postgres.ts'
import { startOf } from '../scripts/services/processes.ts'
import { startRedis } from '../scripts/services/redis.ts'
import { freePort } from '../scripts/services/service.ts'
import { nodeFile, type Server, startCompanion, startServer } from './children.ts'
import type { Core } from './machine.ts'
import { productionFlags, withFlags } from './production.ts'

export interface Stand {
  readonly folder: string
  readonly databaseUrl: string
  readonly database: Client
  readonly metricsToken: string
  readonly postgresLog: string
  readonly postgresPid: number
  /** Of a Karcis process in production. */
  readonly environment: Readonly<Record<string, string>>
  /** `settings` replaces some of that environment. */
  startKarcis(core: Core, settings?: Record<string, string>): Promise<Server>
  /** The job process, which serves nobody. `settings` replaces some of the environment. */
  startJobs(settings?: Record<string, string>): Promise<Pick<Server, 'stop'>>
}

const secret = () => randomBytes(48).toString('base64url')

/** Beside npm start's data: a temporary folder may be in memory, where a commit costs nothing. */
async function privateFolder(): Promise<string> {
  const parent = fileURLToPath(new URL('.data/', import.meta.url))
  await mkdir(parent, { recursive: true })
  for (const name of await readdir(parent)) {
    // What a killed bench could not remove.
    if ((await startOf(Number(name.split('-')[1]))) === undefined) {
      await rm(join(parent, name), { recursive: true, force: true })
    }
  }
  return mkdtemp(join(parent, `run-${process.pid}-`))
}

/** Closings are pushed as things come to be, so that a failure half-way leaves nothing behind. */
export async function buildStand(closings: (() => Promise<unknown>)[]): Promise<Stand> {
  const folder = await privateFolder()
  closings.push(() => rm(folder, { recursive: true, force: true }))
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres') })
  closings.push(postgres.stop)
  const redis = await startRedis({ dataDir: join(folder, 'redis') })
  closings.push(redis.stop)

  const databaseUrl = postgres.url('karcis')
  const admin = await connectTo(postgres.url())
  await admin.query('CREATE DATABASE karcis')
  await admin.end()
  await applyMigrations(databaseUrl)
  const secrets = {
    JWT_SECRET: secret(),
    LINK_SECRET: secret(),
    TICKET_SECRET: secret(),
    DOCUMENT_LINK_SECRET: secret(),
  }
  await seedOnce(databaseUrl, { ...secrets, SANDBOX_SERVER_KEY: secret() })
  const database = await connectTo(databaseUrl)
  closings.push(() => database.end())
  await learnSizes({ database })

  const metricsToken = secret()
  const environment = {
    ...secrets,
    ...(await imageEnvironment()),
    PATH: process.env['PATH'] ?? '',
    HOST: '127.0.0.1',
    PUBLIC_URL: 'http://127.0.0.1',
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    METRICS_TOKEN: metricsToken,
    // They have a process of their own.
    RUN_JOBS: 'false',
    TRUST_PROXY: 'loopback',
    // Nobody pays here and nothing is mailed, so nobody listens there.
    PAYMENT_GATEWAY: 'midtrans',
    MIDTRANS_SERVER_KEY: secret(),
    MIDTRANS_URL: 'http://127.0.0.1:9',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'Karcis <tiket@karcis.example>',
  }
  const flags = await productionFlags()
  return {
    folder,
    databaseUrl,
    database,
    metricsToken,
    postgresLog: join(folder, 'postgres', 'postgres.log'),
    postgresPid: await postmasterOf(database),
    environment,
    async startKarcis(core, settings = {}) {
      const port = await freePort()
      const env = { ...environment, PORT: String(port), ...settings }
      const logFile = join(folder, `karcis-${port}.log`)
      return startServer(withFlags(nodeFile('../src/main.ts'), flags), {
        port,
        probe: '/health/ready',
        core,
        logFile,
        env,
      })
    },
    async startJobs(settings = {}) {
      const logFile = join(folder, 'jobs.log')
      const env = { ...environment, ...settings }
      return startCompanion(nodeFile('../src/worker.ts'), { logFile, env })
    },
  }
}

/**
 * Tells PostgreSQL how large its tables are. Connections keep plans, and one that was made while a table was empty reads all
 * of it each time, until autovacuum comes by a minute later. So each bench does this again when it has warmed up.
 */
export async function learnSizes({ database }: Pick<Stand, 'database'>): Promise<void> {
  await database.query('VACUUM ANALYZE')
}

/** What the image says to Node and to what Node stands on: the bench starts it alike. */
async function imageEnvironment(): Promise<Record<string, string>> {
  const dockerfile = await readFile(new URL('../Dockerfile', import.meta.url), 'utf8')
  const pairs = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = '']) => [
    ...line.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g),
  ])
  return Object.fromEntries(pairs.map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']))
}

async function postmasterOf(database: Client): Promise<number> {
  const { rows } = await database.query<{ pid: number }>(
    "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid",
  )
  return rows[0]?.pid ?? 0
}

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  // The server is stopped under whoever still listens.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
