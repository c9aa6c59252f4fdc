import { createHash } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Config } from './config.ts'
import type { AppDeps } from './context.ts'
import { createCdn } from './http/edge/cdn/cdn.ts'
import { createEdge } from './http/edge/edge.ts'
import { createEdgeMemory, type EdgeMemory } from './http/edge/edge-memory.ts'
import { loadPersistedOperations } from './http/edge/persisted-operations.ts'
import { createPurges, listenToPurges } from './http/edge/purge.ts'
import { createResponseStore, noStore, type ResponseStore } from './http/edge/response-store.ts'
import { probeRoutes } from './http/probes.ts'
import { midtransWebhook } from './http/routes/midtrans-webhook.ts'
import { sandboxRoutes } from './http/routes/sandbox.ts'
import { ticketQr } from './http/routes/ticket-qr.ts'
import { createHttpServer } from './http/server.ts'
import { createGraphQL } from './http/yoga.ts'
import { chores, jobHandlers } from './jobs.ts'
import { authenticate } from './modules/accounts/authenticate.ts'
import { createLoginThrottle } from './modules/accounts/login-throttle.ts'
import { createHoldStore } from './modules/holds/hold-store.ts'
import { createOrderHolds } from './modules/holds/order-holds.ts'
import { createOrderWriter } from './modules/orders/order-writer.ts'
import { createPromoGuesses } from './modules/orders/promo-guesses.ts'
import type { PaymentGateway } from './modules/payments/gateway.ts'
import { createMidtransGateway } from './modules/payments/midtrans-gateway.ts'
import { createSandboxGateway } from './modules/payments/sandbox-gateway.ts'
import { createWaitingRooms } from './modules/waiting-room/waiting-rooms.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import { type Jobs, startJobs } from './platform/jobs.ts'
import { createLimiters, type OpenLimiter } from './platform/limiter.ts'
import { createMailer } from './platform/mailer.ts'
import { type Database, openDatabase } from './platform/prisma.ts'
import { openCacheRedis, openListeningRedis, openQueueRedis, openRedis, whenReady } from './platform/redis.ts'
import { type Replica, watchReplica } from './platform/replica.ts'
import { createLog, createMetrics, type Log, plainLog } from './platform/telemetry.ts'
import { createTurns } from './platform/turns.ts'
import { printedSchema, schema } from './schema.ts'

export interface App {
  readonly deps: AppDeps
  /** Starts to serve. */
  listen(): Promise<{ port: number }>
  /** Stops taking requests and jobs, finishes those under way, closes every connection. */
  close(): Promise<void>
}

/** Requests get this long to finish when the process stops; an orchestrator usually kills after 30 s. */
const GRACE_MS = 25_000
/** Nobody waits for a job, and clearing up after a sale is more work than any request. */
const JOB_TIMEOUT_MS = 60_000
const REDIS_PATIENCE_MS = 1_000

/** Puts the parts together. Tests may bring their own clock. */
export async function createApp(config: Config, options: { clock?: Clock } = {}): Promise<App> {
  const parts = connect(config, options.clock ?? systemClock, config.executionTimeoutMs)
  const { deps } = parts
  let stopping = false
  const operations = loadPersistedOperations(schema)
  const graphql = createGraphQL({
    schema,
    deps,
    replicaDeps: parts.replicaDeps,
    operations,
    openLimiter: parts.openLimiter,
    executionTimeoutMs: config.executionTimeoutMs,
    graphiql: config.graphiql,
    authenticate: (authorization) => authenticate(deps, authorization),
  })
  const { memory } = parts
  const publicReads = createEdge({
    schema,
    operations,
    execute: graphql.execute,
    store: parts.store,
    memory,
    clock: deps.clock,
    log: deps.log,
    metrics: deps.metrics,
    replica: parts.replica,
  })
  const listening = openListeningRedis(config.redisUrl, deps.log)
  listenToPurges(listening, {
    purged(tags) {
      memory.forget(tags)
      deps.waitingRooms.forget()
    },
    missed: () => memory.distrust(deps.clock.now()),
  })
  const server = createHttpServer({
    graphql: (request, response, context) => graphql.handle(request, response, context),
    answerDirectly: graphql.answerDirectly,
    publicReads,
    routes: [
      ...probeRoutes(deps, { metricsToken: config.metricsToken, isStopping: () => stopping }),
      midtransWebhook(deps),
      ticketQr(deps),
      ...(config.paymentGateway === 'sandbox' ? sandboxRoutes(deps, () => addressOf(server)) : []),
    ],
    log: deps.log,
    requestLog: plainLog(deps.log),
    metrics: deps.metrics,
    trustedProxies: config.trustedProxies,
    cors: { origins: config.corsOrigins, credentials: config.corsCredentials },
  })
  const jobs = config.runJobs ? runJobs(config, parts) : null
  // Without Redis we serve as well, only slower.
  await Promise.all([whenReady(parts.cacheRedis, REDIS_PATIENCE_MS), whenReady(listening, REDIS_PATIENCE_MS)])
  return {
    deps,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        // Node's own 511 is half a second of an on-sale's new connections: more of them at once would be reset.
        server.listen({ port: config.port, host: config.host, backlog: 4_096 }, () => {
          server.off('error', reject)
          resolve({ port: portOf(server.address()) })
        })
      }),
    async close() {
      if (stopping) return
      stopping = true
      await stopServing(server)
      await jobs?.close()
      listening.disconnect()
      await parts.close()
    },
  }
}

async function stopServing(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // A connection whose last answer is out stays open for the next request, which will not be taken.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const patience = new AbortController()
  await Promise.race([closed, sleep(GRACE_MS, undefined, { signal: patience.signal }).catch(() => undefined)])
  patience.abort()
  clearInterval(sweep)
  server.closeAllConnections()
}

/** The job process: no HTTP, the same parts. */
export async function createWorker(
  config: Config,
  options: { clock?: Clock } = {},
): Promise<{ deps: AppDeps; close(): Promise<void> }> {
  const parts = connect(config, options.clock ?? systemClock, JOB_TIMEOUT_MS)
  const jobs = runJobs(config, parts)
  return {
    deps: parts.deps,
    async close() {
      await jobs.close()
      await parts.close()
    },
  }
}

interface Parts {
  readonly deps: AppDeps
  /** The same, reading from the replica if there is one. */
  readonly replicaDeps: AppDeps
  readonly replica: Replica | null
  readonly cacheRedis: Redis
  readonly store: ResponseStore
  readonly memory: EdgeMemory
  readonly openLimiter: OpenLimiter
  readonly close: () => Promise<void>
}

function connect(config: Config, clock: Clock, timeoutMs: number): Parts {
  const log = createLog(config.logLevel)
  const database: Database = openDatabase({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    preparedStatements: config.preparedStatements,
    timeoutMs,
    log,
  })
  const { pool } = database
  const metrics = createMetrics(() => ({
    total: pool.totalCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  }))
  const redis = openRedis(config.redisUrl, log)
  const cacheRedis = openCacheRedis(config.redisUrl, log)
  const version = createHash('sha256').update(printedSchema()).digest('hex').slice(0, 12)
  const store = config.responseCache ? createResponseStore(cacheRedis, { version, log, metrics }) : noStore
  const cdn = createCdn(config.cdn)
  const memory = createEdgeMemory(config.edgeCacheBytes, (content) => cdn?.tagHeader(content.tags) ?? null)
  const { prisma } = database
  // Twice as many requests wait for a connection as there are.
  const crowded = () => pool.waitingCount > 2 * config.databasePoolSize
  const waitingRooms = createWaitingRooms(
    { settings: config, prisma, clock, log, metrics },
    cacheRedis,
    crowded,
  )
  const forget = (tags: readonly string[]) => {
    memory.forget(tags)
    waitingRooms.forget()
  }
  const purges = createPurges({ redis: cacheRedis, store, log, metrics, forget })
  const openLimiter = createLimiters(redis, log)
  const replica = openReplica(config, database, log)
  const base = { settings: config, prisma, redis, clock, log, metrics, publicChanges: purges }
  const holds = createHoldStore(cacheRedis, {
    clock,
    log,
    metrics,
    recordMs: config.idempotencyTtlSeconds * 1_000,
  })
  const orderHolds = createOrderHolds(holds)
  const turns = createTurns({ pool, log }, Math.floor(config.databasePoolSize / 4))
  const deps: AppDeps = {
    ...base,
    holds,
    orderHolds,
    loginThrottle: createLoginThrottle(openLimiter),
    promoGuesses: createPromoGuesses(openLimiter),
    orderWriter: createOrderWriter({ ...base, orderHolds }, turns),
    waitingRooms,
    gateway: gatewayFor(config, clock),
    purges,
    cdn,
  }
  return {
    deps,
    replica,
    replicaDeps: replica ? { ...deps, prisma: replica.database.prisma } : deps,
    cacheRedis,
    store,
    memory,
    openLimiter,
    async close() {
      redis.disconnect()
      cacheRedis.disconnect()
      await replica?.close()
      await database.close()
    },
  }
}

function openReplica(config: Config, primary: Database, log: Log): Replica | null {
  const {
    replicaDatabaseUrl: url,
    replicaMaxLagMs: maxLagMs,
    databasePoolSize: poolSize,
    preparedStatements,
  } = config
  const timeoutMs = config.executionTimeoutMs
  return url
    ? watchReplica({
        primary,
        database: openDatabase({ url, poolSize, preparedStatements, timeoutMs, log }),
        maxLagMs,
        log,
      })
    : null
}

function gatewayFor(config: Config, clock: Clock): PaymentGateway {
  if (config.paymentGateway === 'midtrans') {
    const { midtransServerKey: serverKey, midtransUrl: url } = config
    return createMidtransGateway({ serverKey, url, clock })
  }
  return createSandboxGateway({ serverKey: config.sandboxServerKey, publicUrl: config.publicUrl })
}

function runJobs(config: Config, { deps }: Parts): Jobs {
  const connection = openQueueRedis(config.redisUrl, deps.log)
  const mailer = createMailer({
    smtpUrl: config.smtpUrl,
    from: config.mailFrom,
    folder: join(config.dataDir, 'mail'),
  })
  const jobs = startJobs(deps, {
    connection,
    handlers: jobHandlers({ ...deps, mailer }),
    chores: chores(deps),
    pollMs: config.outboxPollMs,
  })
  return {
    async close() {
      await jobs.close()
      connection.disconnect()
    },
  }
}

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

const addressOf = (server: { address(): string | AddressInfo | null }): string =>
  `http://127.0.0.1:${portOf(server.address())}`
