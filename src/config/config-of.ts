import { createHmac } from 'node:crypto'
import { resolve } from 'node:path'
import type { AddressRanges } from '../http/client-ip.ts'
import type { CdnSettings } from '../http/edge/cdn/cdn.ts'
import type { CloudApiOptions } from '../modules/messages/whatsapp.ts'
import { isLoopback } from '../platform/loopback.ts'
import type { MailerOptions } from '../platform/mailer.ts'
import type { Settings } from '../platform/settings.ts'
import { listOf, type Parsed } from './environment.ts'

/** All that can be set, as the server uses it. */
export interface Config extends Settings {
  readonly port: number
  readonly host: string
  /** How many connections stay open between requests. */
  readonly keptConnections: number
  readonly databaseUrl: string
  readonly databasePoolSize: number
  readonly preparedStatements: boolean
  /** Where public reads go; null: to the primary. */
  readonly replicaDatabaseUrl: string | null
  readonly replicaMaxLagMs: number
  /** What must not be evicted: queues, waiting rooms, limits. */
  readonly redisUrl: string
  /** What may be evicted: public answers and holds. */
  readonly redisCacheUrl: string
  readonly edgeCacheBytes: number
  readonly responseCache: boolean
  readonly cdn: CdnSettings
  readonly corsOrigins: readonly string[]
  readonly corsCredentials: boolean
  readonly trustedProxies: AddressRanges
  readonly paymentGateway: 'sandbox' | 'midtrans'
  readonly sandboxServerKey: string
  readonly midtransServerKey: string
  readonly previousMidtransServerKey: string | null
  /** Where Midtrans' notifications may come from; null: from anywhere, for their signature is what counts. */
  readonly midtransWebhookSources: AddressRanges | null
  readonly midtransUrl: string
  readonly midtransTimeoutMs: number
  /** Calls to Midtrans that one process may begin in a second. */
  readonly midtransCallsPerSecond: number
  readonly mail: MailerOptions
  /** Null: nobody is written to that way. */
  readonly whatsapp: CloudApiOptions | null
  /** What /metrics asks for as a bearer token; null: open, outside production only. */
  readonly metricsToken: string | null
  /** The password of /jobs; null: there is no such page. */
  readonly jobsBoardToken: string | null
  readonly logLevel: string
  /** How long one request may execute. */
  readonly executionTimeoutMs: number
  /** Whether /graphql shows a browser the GraphiQL page. */
  readonly graphiql: boolean
  /** Jobs run inside the HTTP process. Outside development they have a process of their own. */
  readonly runJobs: boolean
  readonly outboxPollMs: number
  /** Where the job process serves probes and metrics; null: nowhere. */
  readonly workerPort: number | null
  /** Jobs of one lane that run at once in one process. */
  readonly jobConcurrency: number
  /** Jobs that write to buyers: how many may begin in a second in one process. */
  readonly messagesPerSecond: number
}

/** The settings of an environment that was found good. */
export function configOf(env: Parsed, trustedProxies: AddressRanges, sources: AddressRanges | null): Config {
  const development = env.NODE_ENV !== 'production'
  return {
    environment: env.NODE_ENV,
    port: env.PORT,
    // Only a container or a server behind a proxy wants to be reached from elsewhere.
    host: env.HOST ?? (development ? '127.0.0.1' : '0.0.0.0'),
    keptConnections: env.KEPT_CONNECTIONS,
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    preparedStatements: env.DATABASE_PREPARED_STATEMENTS === 'true',
    replicaDatabaseUrl: env.REPLICA_DATABASE_URL ?? null,
    replicaMaxLagMs: env.REPLICA_MAX_LAG_SECONDS * 1_000,
    redisUrl: env.REDIS_URL,
    redisCacheUrl: env.REDIS_CACHE_URL ?? env.REDIS_URL,
    edgeCacheBytes: env.EDGE_CACHE_MB * 1_048_576,
    responseCache: env.RESPONSE_CACHE === 'redis',
    cdn: {
      kind: env.CDN,
      purgeUrls: listOf(env.CDN_PURGE_URL ?? '').map((one) => one.replace(/\/+$/, '')),
      token: env.CDN_TOKEN ?? '',
      zone: env.CDN_ZONE ?? '',
    },
    jwtSecret: env.JWT_SECRET,
    linkSecret: env.LINK_SECRET,
    previousLinkSecret: env.PREVIOUS_LINK_SECRET ?? null,
    ticketSecret: env.TICKET_SECRET,
    documentLinkSecret: env.DOCUMENT_LINK_SECRET ?? derived(env.LINK_SECRET, 'document links'),
    previousDocumentLinkSecret: env.PREVIOUS_DOCUMENT_LINK_SECRET ?? null,
    documentLinkTtlSeconds: env.DOCUMENT_LINK_TTL_SECONDS,
    accessTokenTtlSeconds: env.ACCESS_TOKEN_TTL_SECONDS,
    refreshTokenTtlSeconds: env.REFRESH_TOKEN_TTL_SECONDS,
    orderTtlSeconds: env.ORDER_TTL_SECONDS,
    holdTtlSeconds: env.HOLD_TTL_SECONDS,
    admissionTtlSeconds: env.ADMISSION_TTL_SECONDS,
    checkoutCapacity: env.CHECKOUT_CAPACITY,
    idempotencyTtlSeconds: env.IDEMPOTENCY_TTL_SECONDS,
    // Without credentials any site may call: a SPA under development has a port of its own.
    corsOrigins: listOf(env.CORS_ORIGINS ?? (development ? '*' : '')),
    corsCredentials: env.CORS_CREDENTIALS === 'true',
    trustedProxies,
    paymentGateway: env.PAYMENT_GATEWAY,
    sandboxServerKey: env.SANDBOX_SERVER_KEY ?? '',
    midtransServerKey: env.MIDTRANS_SERVER_KEY ?? '',
    previousMidtransServerKey: env.MIDTRANS_SERVER_KEY_PREVIOUS ?? null,
    midtransWebhookSources: sources,
    midtransUrl: env.MIDTRANS_URL.replace(/\/+$/, ''),
    midtransTimeoutMs: env.MIDTRANS_TIMEOUT_MS,
    midtransCallsPerSecond: env.MIDTRANS_CALLS_PER_SECOND,
    mail: {
      smtpUrl: env.SMTP_URL ?? null,
      from: env.MAIL_FROM,
      folder: resolve(env.DATA_DIR, 'mail'),
      // A mail has the tickets with it: only to this machine it may go in the clear.
      requireTls: !development && !isLoopback(URL.parse(env.SMTP_URL ?? '')?.hostname ?? ''),
      timeoutMs: env.SMTP_TIMEOUT_MS,
    },
    whatsapp: whatsappOf(env),
    mailFrom: env.MAIL_FROM,
    metricsToken: env.METRICS_TOKEN ?? null,
    jobsBoardToken: env.JOBS_BOARD_TOKEN ?? null,
    logLevel: env.LOG_LEVEL,
    executionTimeoutMs: env.EXECUTION_TIMEOUT_MS,
    graphiql: env.GRAPHIQL ? env.GRAPHIQL === 'true' : development,
    runJobs: env.RUN_JOBS ? env.RUN_JOBS === 'true' : env.NODE_ENV === 'development',
    outboxPollMs: env.OUTBOX_POLL_MS,
    workerPort: env.WORKER_PORT ?? null,
    jobConcurrency: env.JOB_CONCURRENCY,
    messagesPerSecond: env.MESSAGES_PER_SECOND,
  }
}

function whatsappOf(env: Parsed): CloudApiOptions | null {
  if (!env.WHATSAPP_PHONE_NUMBER_ID || !env.WHATSAPP_TOKEN) return null
  return {
    url: env.WHATSAPP_URL.replace(/\/+$/, ''),
    version: env.WHATSAPP_VERSION,
    phoneNumberId: env.WHATSAPP_PHONE_NUMBER_ID,
    token: env.WHATSAPP_TOKEN,
    timeoutMs: env.WHATSAPP_TIMEOUT_MS,
  }
}

/** What development goes without setting. */
const derived = (secret: string, use: string): string =>
  createHmac('sha256', secret).update(`karcis ${use}`).digest('base64url')
