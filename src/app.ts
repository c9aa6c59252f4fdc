import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config/config-of.ts'
import type { AppDeps } from './context.ts'
import { createEdge } from './http/edge/edge.ts'
import { loadPersistedOperations } from './http/edge/persisted-operations.ts'
import { listenToPurges } from './http/edge/purge.ts'
import { createProbeServer } from './http/probe-server.ts'
import { probeRoutes } from './http/probes.ts'
import { devMailRoutes } from './http/routes/dev-mail.ts'
import { documentRoutes } from './http/routes/documents.ts'
import { createJobsBoard, type JobsBoard } from './http/routes/jobs-board.ts'
import { midtransWebhook } from './http/routes/payment-webhooks.ts'
import { qrRoutes } from './http/routes/qr-codes.ts'
import { sandboxRoutes } from './http/routes/sandbox.ts'
import { createHttpServer } from './http/server.ts'
import { createGraphQL } from './http/yoga.ts'
import { chores, jobHandlers, MESSAGE_KINDS } from './jobs.ts'
import { authenticate } from './modules/accounts/authenticate.ts'
import { noDocuments, paidDocuments } from './modules/documents/paid-documents.ts'
import { ownerOf } from './modules/jobs/queries.ts'
import { type MessageDeps, UNPAID_LIMIT } from './modules/messages/channels.ts'
import { createCloudApi } from './modules/messages/whatsapp.ts'
import { connect, type Parts } from './parts.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import { measureOutbox } from './platform/job-gauges.ts'
import { type Jobs, startJobs } from './platform/jobs.ts'
import type { OpenLimiter } from './platform/limiter.ts'
import { createMailer } from './platform/mailer.ts'
import { openCacheRedis, openListeningRedis, openQueueRedis, whenReady } from './platform/redis.ts'
import { plainLog } from './platform/telemetry.ts'
import { schema } from './schema.ts'

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
  const board = config.jobsBoardToken ? openBoard(config, config.jobsBoardToken, parts) : null
  const server = createHttpServer({
    graphql: (request, response, context) => graphql.handle(request, response, context),
    answerDirectly: graphql.answerDirectly,
    publicReads,
    routes: [
      ...probeRoutes(deps, { metricsToken: config.metricsToken, isStopping: () => stopping }),
      midtransWebhook(deps, config.midtransWebhookSources),
      ...qrRoutes(deps),
      ...(board?.routes ?? []),
      ...documentRoutes(deps),
      ...(config.environment !== 'production' && config.smtpUrl === null
        ? devMailRoutes(mailFolder(config))
        : []),
      ...(config.paymentGateway === 'sandbox' ? sandboxRoutes(deps, () => addressOf(server)) : []),
    ],
    log: deps.log,
    requestLog: plainLog(deps.log),
    metrics: deps.metrics,
    trustedProxies: config.trustedProxies,
    cors: { origins: config.corsOrigins, credentials: config.corsCredentials },
    keptConnections: config.keptConnections,
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

/** The job process: the same parts, and no HTTP but probes and metrics, if it has a port. */
export async function createWorker(
  config: Config,
  options: { clock?: Clock } = {},
): Promise<{ deps: AppDeps; close(): Promise<void> }> {
  const parts = connect(config, options.clock ?? systemClock, JOB_TIMEOUT_MS)
  const { deps } = parts
  measureOutbox(deps)
  let stopping = false
  const probes = createProbeServer(
    probeRoutes(deps, { metricsToken: config.metricsToken, isStopping: () => stopping }),
    deps.log,
  )
  if (config.workerPort !== null) await once(probes.listen(config.workerPort, config.host), 'listening')
  const jobs = runJobs(config, parts)
  return {
    deps,
    async close() {
      stopping = true
      await jobs.close()
      probes.close()
      probes.closeAllConnections()
      await parts.close()
    },
  }
}

function openBoard(config: Config, token: string, { deps }: Parts): JobsBoard {
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

function runJobs(config: Config, { deps, openLimiter }: Parts): Jobs {
  const connection = openQueueRedis(config.redisUrl, deps.log)
  const jobs = startJobs(deps, {
    connection,
    handlers: jobHandlers(withMessages(config, deps, openLimiter)),
    chores: chores(deps),
    pollMs: config.outboxPollMs,
    concurrency: config.jobConcurrency,
    messageKinds: MESSAGE_KINDS,
    messagesPerSecond: config.messagesPerSecond,
    ownerOf: (row) => ownerOf(deps, row),
  })
  return {
    async close() {
      await jobs.close()
      connection.disconnect()
    },
  }
}

const mailFolder = ({ dataDir }: Config): string => join(dataDir, 'mail')

// What clocks of two machines may differ by, and more.
const LEASE_MARGIN_SECONDS = 15

function withMessages(config: Config, deps: AppDeps, openLimiter: OpenLimiter): AppDeps & MessageDeps {
  const longestMs = Math.max(3 * config.smtpTimeoutMs, config.whatsapp?.timeoutMs ?? 0)
  return {
    ...deps,
    mailer: createMailer({
      smtpUrl: config.smtpUrl,
      from: config.mailFrom,
      folder: mailFolder(config),
      timeoutMs: config.smtpTimeoutMs,
    }),
    whatsapp: config.whatsapp && createCloudApi(config.whatsapp),
    leaseSeconds: longestMs / 1_000 + LEASE_MARGIN_SECONDS,
    unpaidLimit: openLimiter('unpaid-messages', UNPAID_LIMIT),
    documentsFor: (cause, orderId) => (cause === 'ORDER_PAID' ? paidDocuments(deps, orderId) : noDocuments),
  }
}

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

const addressOf = (server: { address(): string | AddressInfo | null }): string =>
  `http://127.0.0.1:${portOf(server.address())}`
