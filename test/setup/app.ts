// The app under test: real HTTP, a PostgreSQL database and a Redis database of its own, a clock that tests move.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { freePort } from '../../scripts/services/service.ts'
import { type App, createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { MANIFEST } from '../../src/http/edge/persisted-operations.ts'
import type { Clock } from '../../src/platform/clock.ts'
import type { PrismaClient } from '../../src/platform/prisma.ts'
import { testSecrets } from './secrets.ts'
import { createDatabase, EMPTY, run, SEASON } from './services.ts'

/** Runs ahead of real time by as much as a test says. */
export class TestClock implements Clock {
  private ahead = 0

  now(): Date {
    return new Date(Date.now() + this.ahead)
  }

  advance(seconds: number): void {
    this.ahead += seconds * 1_000
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there.
  readonly body: any
}

export interface TestApp {
  readonly app: App
  readonly url: string
  readonly prisma: PrismaClient
  readonly clock: TestClock
  readonly databaseUrl: string
  readonly dataDir: string
  readonly environment: Readonly<Record<string, string>>
  /** A persisted operation by name, by POST; by GET with `method: 'GET'`. */
  call(operation: string, variables?: object, options?: CallOptions): Promise<Answer>
  /** An ad-hoc document by POST. */
  query(document: string, variables?: object, options?: CallOptions): Promise<Answer>
  /** The access token of one of the seeded accounts, or of any account with this password. */
  login(email: string, password?: string): Promise<string>
  close(): Promise<void>
}

export interface CallOptions {
  readonly token?: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
}

export interface StartOptions {
  /** Starts from a copy of the seeded season; else from empty tables. */
  readonly season?: boolean
  /** Jobs run in the process. */
  readonly jobs?: boolean
  readonly environment?: Readonly<Record<string, string>>
}

/** The environment of a private app, without starting it: for tests that start the process themselves. */
export async function prepare(options: StartOptions = {}) {
  const name = `t_${randomBytes(6).toString('hex')}`
  const serverUrl = inject('databaseUrl')
  await createDatabase(serverUrl.replace('DATABASE', 'postgres'), name, options.season ? SEASON : EMPTY)
  const port = await freePort()
  const dataDir = await mkdtemp(join(tmpdir(), 'karcis-app-'))
  const environment = {
    ...testSecrets,
    NODE_ENV: 'test',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATA_DIR: dataDir,
    DATABASE_URL: serverUrl.replace('DATABASE', name),
    REDIS_URL: await emptyRedis(inject('redisUrl')),
    LOG_LEVEL: 'silent',
    OUTBOX_POLL_MS: '25',
    MESSAGES_PER_SECOND: '10000',
    CORS_ORIGINS: '*',
    RUN_JOBS: String(options.jobs ?? false),
    ...options.environment,
  }
  return {
    environment,
    url: environment.PUBLIC_URL,
    async drop() {
      await run(serverUrl.replace('DATABASE', 'postgres'), `DROP DATABASE ${name} WITH (FORCE)`)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A Redis database that is empty and nobody's: two apps on one would purge each other's answers. It comes round after 255. */
async function emptyRedis(server: string): Promise<string> {
  const redis = new Redis(server)
  try {
    const database = 1 + ((await redis.incr('test:databases')) % 255)
    await redis.select(database)
    await redis.flushdb()
    return server.replace(/\/0$/, `/${database}`)
  } finally {
    redis.disconnect()
  }
}

/** The same, with the database behind the pooler of this run, if it has one. Tests themselves go past it. */
export function behindPooler<Environment extends { DATABASE_URL: string }>(given: Environment): Environment {
  const [port, url] = [inject('poolerPort'), new URL(given.DATABASE_URL)]
  if (port === null || url.port !== new URL(inject('databaseUrl')).port) return given
  url.port = port
  return { ...given, DATABASE_URL: url.href, DATABASE_PREPARED_STATEMENTS: 'false' }
}

export async function startApp(options: StartOptions = {}): Promise<TestApp> {
  const { environment, url, drop } = await prepare(options)
  const clock = new TestClock()
  const app = await createApp(loadConfig(behindPooler(environment)), { clock })
  await app.listen()
  const client = await createClient(url)
  return {
    app,
    url,
    clock,
    environment,
    prisma: app.deps.prisma,
    databaseUrl: environment.DATABASE_URL,
    dataDir: environment.DATA_DIR,
    ...client,
    async close() {
      await app.close()
      await drop()
    },
  }
}

// Each call comes from a network of its own, as from a crowd: limits by network concern the tests that name an address.
export const someAddress = (): string => `10.${randomBytes(3).join('.')}`

/** Speaks to a server as a SPA does. */
export async function createClient(url: string) {
  const manifest = JSON.parse(await readFile(MANIFEST, 'utf8'))
  const idOf = (name: string): string => {
    const found = manifest.operations.findLast((operation: { name: string }) => operation.name === name)
    if (!found) throw new Error(`There is no persisted operation ${name}.`)
    return `sha256:${found.id}`
  }
  async function send(method: string, target: string, options: CallOptions, body?: object): Promise<Answer> {
    const response = await fetch(target, {
      method,
      headers: {
        'X-Forwarded-For': someAddress(),
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(options.token ? { Authorization: `Bearer ${options.token}` } : {}),
        ...options.headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') ? JSON.parse(text) : text,
    }
  }
  const call: TestApp['call'] = (operation, variables = {}, options = {}) => {
    const documentId = idOf(operation)
    if (options.method !== 'GET') return send('POST', `${url}/graphql`, options, { documentId, variables })
    const search = new URLSearchParams({ documentId, variables: JSON.stringify(variables) })
    return send('GET', `${url}/graphql?${search}`, options)
  }
  const query: TestApp['query'] = (document, variables = {}, options = {}) =>
    send('POST', `${url}/graphql`, options, { query: document, variables })
  const login: TestApp['login'] = async (email, password = 'karcis-dev-only') => {
    const { body } = await call('Login', { input: { email, password } })
    const token: unknown = body.data?.login?.accessToken
    if (typeof token !== 'string') throw new Error(`Cannot sign in as ${email}: ${JSON.stringify(body)}`)
    return token
  }
  return { call, query, login }
}
