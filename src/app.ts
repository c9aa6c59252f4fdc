import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import type { AppDeps } from './context.ts'
import { loadPersistedOperations } from './http/edge/persisted-operations.ts'
import { probeRoutes } from './http/probes.ts'
import { midtransWebhook } from './http/routes/midtrans-webhook.ts'
import { sandboxRoutes } from './http/routes/sandbox.ts'
import { ticketQr } from './http/routes/ticket-qr.ts'
import { createHttpServer } from './http/server.ts'
import { createGraphQL } from './http/yoga.ts'
import { chores, jobHandlers } from './jobs.ts'
import { authenticate } from './modules/accounts/authenticate.ts'
import { createLoginThrottle } from './modules/accounts/login-throttle.ts'
import { createOrderWriter } from './modules/orders/order-writer.ts'
import type { PaymentGateway } from './modules/payments/gateway.ts'
import { createMidtransGateway } from './modules/payments/midtrans-gateway.ts'
import { createSandboxGateway } from './modules/payments/sandbox-gateway.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import { type Jobs, startJobs } from './platform/jobs.ts'
import { createMailer } from './platform/mailer.ts'
import { type Database, openDatabase } from './platform/prisma.ts'
import { openQueueRedis, openRedis } from './platform/redis.ts'
import { createLog, createMetrics } from './platform/telemetry.ts'
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

/** Puts the parts together. Tests may bring their own clock. */
export async function createApp(config: Config, options: { clock?: Clock } = {}): Promise<App> {
  const parts = connect(config, options.clock ?? systemClock)
  const { deps } = parts
  let stopping = false
  const graphql = createGraphQL({
    schema,
    deps,
    operations: loadPersistedOperations(schema),
    authenticate: (authorization) => authenticate(deps, authorization),
  })
  const server = createHttpServer({
    graphql: (request, response, context) => graphql(request, response, context),
    routes: [
      ...probeRoutes(deps, { metricsToken: config.metricsToken, isStopping: () => stopping }),
      midtransWebhook(deps),
      ticketQr(deps),
      ...(config.paymentGateway === 'sandbox' ? sandboxRoutes(deps, () => addressOf(server)) : []),
    ],
    log: deps.log,
    metrics: deps.metrics,
    trustedProxies: config.trustedProxies,
    cors: { origins: config.corsOrigins, credentials: config.corsCredentials },
  })
  const jobs = config.runJobs ? runJobs(config, parts) : null
  return {
    deps,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(config.port, config.host, () => {
          server.off('error', reject)
          resolve({ port: portOf(server.address()) })
        })
      }),
    async close() {
      if (stopping) return
      stopping = true
      await stopServing(server)
      await jobs?.close()
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
export async function createWorker(config: Config): Promise<{ deps: AppDeps; close(): Promise<void> }> {
  const parts = connect(config, systemClock)
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
  readonly close: () => Promise<void>
}

function connect(config: Config, clock: Clock): Parts {
  const log = createLog(config.logLevel)
  const database: Database = openDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize, log })
  const { pool } = database
  const metrics = createMetrics(() => ({
    total: pool.totalCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  }))
  const redis = openRedis(config.redisUrl, log)
  const base = { settings: config, prisma: database.prisma, redis, clock, log, metrics }
  const deps: AppDeps = {
    ...base,
    loginThrottle: createLoginThrottle(redis, log),
    orderWriter: createOrderWriter(base),
    gateway: gatewayFor(config),
  }
  return {
    deps,
    async close() {
      redis.disconnect()
      await database.close()
    },
  }
}

function gatewayFor(config: Config): PaymentGateway {
  if (config.paymentGateway === 'midtrans') {
    return createMidtransGateway({ serverKey: config.midtransServerKey, url: config.midtransUrl })
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
