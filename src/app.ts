import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config/config-of.ts'
import type { AppDeps } from './context.ts'
import { createEdge } from './http/edge/edge.ts'
import { loadPersistedOperations } from './http/edge/persisted-operations.ts'
import { listenToPurges } from './http/edge/purge.ts'
import { listen } from './http/listen.ts'
import type { JobsBoard } from './http/routes/jobs-board.ts'
import type { Route } from './http/routes/route.ts'
import { createRoutes } from './http/routes/routes.ts'
import { createHttpServer } from './http/server.ts'
import { createGraphQL } from './http/yoga.ts'
import { authenticate } from './modules/accounts/authenticate.ts'
import { connect, type Parts } from './parts.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import { measureOutbox } from './platform/job-gauges.ts'
import { openCacheRedis, openListeningRedis, whenReady } from './platform/redis.ts'
import { plainLog } from './platform/telemetry.ts'
import { schema } from './schema.ts'

export interface App {
  readonly deps: AppDeps
  /** What it serves besides /graphql. */
  readonly routes: readonly Route[]
  /** Starts to serve. */
  listen(): Promise<{ port: number }>
  /** Stops taking requests and jobs, finishes those under way, closes every connection. */
  close(): Promise<void>
}

/** Requests get this long to finish when the process stops; an orchestrator usually kills after 30 s. */
const GRACE_MS = 25_000
const REDIS_PATIENCE_MS = 1_000

/** Puts the parts together. Tests may bring their own clock. */
export async function createApp(config: Config, options: { clock?: Clock } = {}): Promise<App> {
  const parts = connect(config, options.clock ?? systemClock, config.executionTimeoutMs)
  const { deps } = parts
  measureOutbox(deps)
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
    purged: parts.forget,
    missed: () => memory.distrust(deps.clock.now()),
  })
  const board = config.jobsBoardToken ? await openBoard(config, config.jobsBoardToken, parts) : null
  const keepsMail = config.environment !== 'production' && config.mail.smtpUrl === null
  const routes = createRoutes(deps, {
    openLimiter: parts.openLimiter,
    readiness: parts.readiness,
    metricsToken: config.metricsToken,
    midtransWebhookSources: config.midtransWebhookSources,
    mailFolder: keepsMail ? config.mail.folder : null,
    paymentGateway: config.paymentGateway,
    isStopping: () => stopping,
    ownAddress: () => addressOf(server),
    board: board?.routes ?? [],
  })
  const server = createHttpServer({
    graphql: (request, response, context) => graphql.handle(request, response, context),
    answerDirectly: graphql.answerDirectly,
    publicReads,
    routes,
    log: deps.log,
    requestLog: plainLog(deps.log),
    metrics: deps.metrics,
    trustedProxies: config.trustedProxies,
    cors: { origins: config.corsOrigins, credentials: config.corsCredentials },
    keptConnections: config.keptConnections,
  })
  const jobs = config.runJobs ? (await import('./job-runner.ts')).runJobs(config, parts) : null
  // Without Redis we serve as well, only slower.
  await Promise.all([...parts.promptRedis, listening].map((redis) => whenReady(redis, REDIS_PATIENCE_MS)))
  return {
    deps,
    routes,
    // Node's own 511 is half a second of an on-sale's new connections: more of them at once would be reset.
    listen: async () => ({
      port: await listen(server, { port: config.port, host: config.host, setting: 'PORT' }, 4_096),
    }),
    async close() {
      if (stopping) return
      stopping = true
      await stopServing(server)
      await jobs?.close()
      await board?.close()
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

async function openBoard(config: Config, token: string, { deps }: Parts): Promise<JobsBoard> {
  const { createJobsBoard } = await import('./http/routes/jobs-board.ts')
  const connection = openCacheRedis(config.redisUrl, deps.log)
  const board = createJobsBoard(connection, token, deps.log)
  return {
    routes: board.routes,
    async close() {
      await board.close()
      connection.disconnect()
    },
  }
}

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

const addressOf = (server: { address(): string | AddressInfo | null }): string =>
  `http://127.0.0.1:${portOf(server.address())}`
