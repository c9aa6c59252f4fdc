import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Config } from './config/config-of.ts'
import type { AppDeps } from './context.ts'
import { createCdn } from './http/edge/cdn/cdn.ts'
import { createEdgeMemory, type EdgeMemory } from './http/edge/edge-memory.ts'
import { createPurges } from './http/edge/purge.ts'
import { createResponseStore, noStore, type ResponseStore } from './http/edge/response-store.ts'
import { createDrawingLimits } from './http/limits/drawing-limits.ts'
import { createLoginThrottle, LOGIN_DELAYS } from './modules/accounts/login-throttle.ts'
import { createCodeGuesses } from './modules/check-in/code-guesses.ts'
import { createDrawing } from './modules/documents/drawing.ts'
import { createHoldStore } from './modules/holds/hold-store.ts'
import { createOpenUnits } from './modules/holds/open-units.ts'
import { createOrderHolds } from './modules/holds/order-holds.ts'
import { createOrderWriter } from './modules/orders/order-writer.ts'
import { createPromoGuesses } from './modules/orders/promo-guesses.ts'
import type { PaymentGateway } from './modules/payments/gateway.ts'
import { createMidtransGateway } from './modules/payments/midtrans-gateway.ts'
import { createSandboxGateway } from './modules/payments/sandbox-gateway.ts'
import { createSandboxMemory } from './modules/payments/sandbox-memory.ts'
import { createWaitingRooms } from './modules/waiting-room/waiting-rooms.ts'
import type { BreakerState } from './platform/breaker.ts'
import type { Clock } from './platform/clock.ts'
import { createGrowingDelay } from './platform/growing-delay.ts'
import { keyHider } from './platform/hidden-key.ts'
import { createLimiters, type OpenLimiter } from './platform/limiter.ts'
import { ownMigrations } from './platform/migrations.ts'
import { type Database, openDatabase, type PrismaClient } from './platform/prisma.ts'
import { createReadiness, type Readiness } from './platform/readiness.ts'
import { openCacheRedis, openRedis } from './platform/redis.ts'
import { type Replica, watchReplica } from './platform/replica.ts'
import { createLog, createMetrics, type Log, type Metrics } from './platform/telemetry.ts'
import { createTurns } from './platform/turns.ts'
import { printedSchema } from './schema.ts'

/** What both processes are made of. */
export interface Parts {
  readonly deps: AppDeps
  /** The same, reading from the replica if there is one. */
  readonly replicaDeps: AppDeps
  readonly replica: Replica | null
  /** Done at once or not at all: of what must not be evicted, and of what may be. They may be one. */
  readonly promptRedis: readonly [durable: Redis, evictable: Redis]
  readonly store: ResponseStore
  readonly memory: EdgeMemory
  readonly openLimiter: OpenLimiter
  readonly readiness: Readiness
  /** Lets go of what this process keeps of these tags. */
  readonly forget: (tags: readonly string[]) => void
  readonly close: () => Promise<void>
}

/** Opens what the app stands on. `timeoutMs`: what a caller of the database may take in all. */
export function connect(config: Config, clock: Clock, timeoutMs: number): Parts {
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
  const promptRedis = openCacheRedis(config.redisUrl, log)
  const evictableRedis =
    config.redisCacheUrl === config.redisUrl ? promptRedis : openCacheRedis(config.redisCacheUrl, log)
  const version = createHash('sha256').update(printedSchema()).digest('hex').slice(0, 12)
  const store = config.responseCache
    ? createResponseStore(evictableRedis, { version, log, metrics })
    : noStore
  const cdn = createCdn(config.cdn)
  const memory = createEdgeMemory(config.edgeCacheBytes, (content) => cdn?.tagHeader(content.tags) ?? null)
  const { prisma } = database
  // Twice as many requests wait for a connection as there are.
  const crowded = () => pool.waitingCount > 2 * config.databasePoolSize
  const countedAlone = () => metrics.limitsAlone.inc()
  const hide = keyHider(config.linkSecret)
  const openLimiter = createLimiters(redis, log, hide, countedAlone)
  const loginDelays = createGrowingDelay(redis, log, LOGIN_DELAYS, countedAlone)
  const waitingRooms = createWaitingRooms(
    { settings: config, prisma, clock, log, metrics },
    promptRedis,
    openLimiter,
    crowded,
  )
  const forget = (tags: readonly string[]) => {
    memory.forget(tags)
    waitingRooms.forget()
  }
  const purges = createPurges({ redis: promptRedis, store, log, metrics, forget })
  const replica = openReplica(config, database, log)
  const { transact } = database
  const base = { settings: config, prisma, transact, redis, clock, log, metrics, publicChanges: purges }
  const holds = createHoldStore(evictableRedis, { clock, log, metrics, hide })
  const orderHolds = createOrderHolds(holds)
  const openUnits = createOpenUnits(evictableRedis, { ...base, hide })
  const deps: AppDeps = {
    ...base,
    holds,
    orderHolds,
    openUnits,
    loginThrottle: createLoginThrottle(openLimiter, loginDelays, hide),
    promoGuesses: createPromoGuesses(openLimiter),
    codeGuesses: createCodeGuesses(openLimiter),
    orderWriter: createOrderWriter({ ...base, orderHolds, openUnits }, createTurns()),
    waitingRooms,
    gateway: gatewayFor(config, timeoutMs, prisma, clock, log, metrics),
    purges,
    cdn,
    drawing: createDrawing({ log, metrics }),
    drawingLimits: createDrawingLimits(openLimiter, metrics),
  }
  return {
    deps,
    replica,
    replicaDeps: replica ? { ...deps, prisma: replica.database.prisma } : deps,
    promptRedis: [promptRedis, evictableRedis],
    store,
    memory,
    openLimiter,
    readiness: createReadiness({
      prisma,
      migrations: ownMigrations(),
      redis:
        promptRedis === evictableRedis
          ? { redis: promptRedis }
          : { redis: promptRedis, cache: evictableRedis },
      log,
      metrics,
    }),
    forget,
    async close() {
      await deps.drawing.close()
      redis.disconnect()
      promptRedis.disconnect()
      evictableRedis.disconnect()
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
        database: openDatabase({ url, poolSize, preparedStatements, timeoutMs, log, standby: true }),
        maxLagMs,
        log,
      })
    : null
}

// As their numbers stand in the metric.
const BREAKER_STATES: readonly BreakerState[] = ['closed', 'half open', 'open']

function gatewayFor(
  config: Config,
  /** Of what calls it. */
  callerMs: number,
  prisma: PrismaClient,
  clock: Clock,
  log: Log,
  metrics: Metrics,
): PaymentGateway {
  if (config.paymentGateway === 'midtrans') {
    metrics.paymentCallRate.set(config.midtransCallsPerSecond)
    const { midtransServerKey: serverKey, midtransUrl: url, midtransTimeoutMs: timeoutMs } = config
    return createMidtransGateway({
      serverKey,
      previousServerKey: config.previousMidtransServerKey,
      url,
      clock,
      timeoutMs,
      callsPerSecond: config.midtransCallsPerSecond,
      onCallRate: (perSecond) => metrics.paymentCallRate.set(perSecond),
      // Whoever asked is told so before their own time is over: a tenth of it is for what stands around the call.
      patienceMs: 0.9 * callerMs,
      onBreaker: (state) => {
        log.warn({ state }, 'the breaker of the payment provider')
        metrics.paymentBreaker.set(BREAKER_STATES.indexOf(state))
      },
    })
  }
  const { sandboxServerKey: serverKey, publicUrl } = config
  return createSandboxGateway({ serverKey, publicUrl, memory: createSandboxMemory(prisma, clock) })
}
