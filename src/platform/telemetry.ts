import { AsyncLocalStorage } from 'node:async_hooks'
import { type DestinationStream, type Logger, pino } from 'pino'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type Log = Logger

/** What every line logged on the way of a request carries. */
export const requestScope = new AsyncLocalStorage<{ readonly requestId: string }>()

const SECRET_PATHS = [
  'authorization',
  'password',
  'accessToken',
  'refreshToken',
  'token',
  'ticketToken',
  'email',
  'phone',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

const LOG_DELAY_MS = 100
// The library writes 16 KiB at a time.
const LOG_BYTES = 16_000

/** JSON lines to stdout, at most 100 ms late. Secrets and personal data are cut by name, wherever they stand. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      mixin: () => ({ ...requestScope.getStore() }),
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [...SECRET_PATHS, 'req.headers.authorization', 'req.headers.cookie'],
        censor: '[redacted]',
      },
    },
    stdout(),
  )
}

/**
 * Lines are written many at once, and at the end of the process: a system call for each would cost what an answer does. They
 * wait as bytes. With each line of text the library joins all that waits anew, which is 8 KB for the collector a line.
 */
function stdout(): DestinationStream & { flushSync(): void } {
  const bytes = pino.destination({
    fd: 1,
    sync: false,
    minLength: LOG_BYTES,
    periodicFlush: LOG_DELAY_MS,
    contentMode: 'buffer',
  })
  return {
    // Its types know the text only.
    write: (line) => bytes.write(Buffer.from(line) as never),
    // For a line that is fatal.
    flushSync: () => bytes.flushSync(),
  }
}

/** For lines of fixed fields, none of which is a secret: to look for secrets in a line costs more than to write it. */
export const plainLog = (log: Log): Log => log.child({}, { redact: [] })

export interface Metrics {
  readonly registry: Registry
  readonly requests: Counter<'operation' | 'status'>
  readonly requestDuration: Histogram<'operation'>
  readonly graphqlErrors: Counter<'code'>
  readonly orders: Counter<'outcome'>
  readonly holds: Counter<'outcome'>
  readonly transactionConflicts: Counter<'transaction' | 'kind'>
  readonly transactionRetries: Counter<'transaction'>
  readonly replays: Counter<'mutation'>
  readonly rateLimited: Counter<'rule'>
  readonly limitsAlone: Counter
  readonly notifications: Counter<'outcome'>
  readonly paymentChecks: Counter<'outcome'>
  readonly checkIns: Counter<'outcome'>
  readonly jobs: Counter<'kind' | 'outcome'>
  readonly jobDuration: Histogram<'kind'>
  readonly choreDone: Gauge<'name'>
  readonly expiredOrders: Counter<'outcome'>
  readonly messages: Counter<'cause' | 'channel' | 'outcome'>
  readonly responseStore: Counter<'outcome'>
  readonly publicReads: Counter<'operation' | 'result'>
  readonly paymentBreaker: Gauge
  readonly paymentCallRate: Gauge
  readonly drawings: Counter<'kind' | 'outcome'>
  readonly edgeBytes: Gauge
  readonly edgeEntries: Gauge
  readonly purges: Counter<'cache' | 'outcome'>
  /** Run before the metrics are read, by whoever counts too often to ask the registry each time. */
  readonly beforeScrape: (() => void)[]
}

/** The process' own registry, so that two apps in one process (tests) do not share counters. */
export function createMetrics(pool: () => { total: number; idle: number; waiting: number }): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  new Gauge({
    name: 'karcis_database_pool_connections',
    help: 'Database connections of this process by state; waiting counts queries without one.',
    labelNames: ['state'],
    registers,
    collect() {
      const now = pool()
      this.set({ state: 'busy' }, now.total - now.idle)
      this.set({ state: 'idle' }, now.idle)
      this.set({ state: 'waiting' }, now.waiting)
    },
  })
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  return {
    registry,
    requests: counter('karcis_graphql_requests_total', 'GraphQL requests by operation and HTTP status.', [
      'operation',
      'status',
    ]),
    requestDuration: new Histogram({
      name: 'karcis_graphql_request_duration_seconds',
      help: 'Time from the first byte of a GraphQL request to its answer.',
      labelNames: ['operation'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 30],
      registers,
    }),
    graphqlErrors: counter('karcis_graphql_errors_total', 'Errors in answers, typed and masked, by code.', [
      'code',
    ]),
    orders: counter('karcis_orders_total', 'createOrder calls by outcome.', ['outcome']),
    holds: counter(
      'karcis_holds_total',
      'placeHold, extendHold and releaseHold calls by outcome, and holds that were used or expired.',
      ['outcome'],
    ),
    transactionConflicts: counter(
      'karcis_transaction_conflicts_total',
      'Serializable transactions that met another one.',
      ['transaction', 'kind'],
    ),
    transactionRetries: counter('karcis_transaction_retries_total', 'Serializable transactions run again.', [
      'transaction',
    ]),
    replays: counter('karcis_idempotent_replays_total', 'Answers given again from an idempotency key.', [
      'mutation',
    ]),
    rateLimited: counter('karcis_rate_limited_total', 'Requests refused with 429, by the rule they broke.', [
      'rule',
    ]),
    limitsAlone: counter(
      'karcis_limits_counted_alone_total',
      'Steps of limits that this process counted for itself, unknown to the others, because Redis did not answer in time.',
      [],
    ),
    notifications: counter('karcis_payment_notifications_total', 'Payment webhook calls by outcome.', [
      'outcome',
    ]),
    paymentChecks: counter(
      'karcis_payment_checks_total',
      'Payments that the reconciler asked the provider for, by what came of it.',
      ['outcome'],
    ),
    checkIns: counter('karcis_check_ins_total', 'checkIn calls by outcome.', ['outcome']),
    jobs: counter('karcis_jobs_total', 'Job runs by kind and outcome: succeeded, failed or dead.', [
      'kind',
      'outcome',
    ]),
    jobDuration: new Histogram({
      name: 'karcis_job_duration_seconds',
      help: 'How long a job ran, whatever came of it.',
      labelNames: ['kind'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    choreDone: new Gauge({
      name: 'karcis_chore_done_timestamp_seconds',
      help: 'When this process last finished a chore. Take the maximum over all processes.',
      labelNames: ['name'],
      registers,
    }),
    expiredOrders: counter(
      'karcis_expired_orders_total',
      'Unpaid orders at the end of their time: expired, or failed and to be tried again.',
      ['outcome'],
    ),
    messages: counter(
      'karcis_messages_total',
      'Messages to buyers: sent, postponed (tried again later), dropped (not true any more), or failed (given up).',
      ['cause', 'channel', 'outcome'],
    ),
    responseStore: counter(
      'karcis_response_store_reads_total',
      'Look-ups of answers in Redis: hit, miss, failed, or skipped after a failure.',
      ['outcome'],
    ),
    publicReads: counter(
      'karcis_edge_requests_total',
      'Public reads by how they were answered: hit, stale, stored (from Redis), executed, collapsed (waited for another), failed, refused.',
      ['operation', 'result'],
    ),
    paymentBreaker: gauge(
      'karcis_payment_breaker_state',
      'Whether the payment provider is asked: 0 yes, 1 one call tries, 2 no, because nobody answered.',
    ),
    paymentCallRate: gauge(
      'karcis_payment_calls_per_second',
      'Calls to the payment provider that may begin in a second: less than the setting while it answers 429.',
    ),
    drawings: counter(
      'karcis_drawings_total',
      'Documents and QR codes by how they came about: drawn, kept from before, joined with another, refused.',
      ['kind', 'outcome'],
    ),
    edgeBytes: gauge('karcis_edge_cache_bytes', 'Bytes that the answers kept in this process take.'),
    edgeEntries: gauge('karcis_edge_cache_entries', 'Answers kept in this process.'),
    purges: counter('karcis_purges_total', 'Purges by cache and outcome.', ['cache', 'outcome']),
    beforeScrape: [],
  }
}
