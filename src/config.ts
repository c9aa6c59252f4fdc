import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type AddressRanges, parseAddressRanges } from './http/client-ip.ts'
import type { CdnSettings } from './http/edge/cdn/cdn.ts'
import type { CloudApiOptions } from './modules/messages/whatsapp.ts'
import type { Settings } from './platform/settings.ts'

/** All that can be set. Described for operators in README.md, "Configuration". */
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
  readonly redisUrl: string
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
  readonly smtpUrl: string | null
  /** Of one step of a conversation with it. */
  readonly smtpTimeoutMs: number
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
  /** Jobs that run at once in one process. */
  readonly jobConcurrency: number
}

/** Everything that is wrong with the settings, one line each. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(['These settings are not valid:', ...problems.map((problem) => `  ${problem}`)].join('\n'))
  }
}

const SECRETS = [
  'DATABASE_URL',
  'REPLICA_DATABASE_URL',
  'REDIS_URL',
  'CDN_TOKEN',
  'JWT_SECRET',
  'LINK_SECRET',
  'PREVIOUS_LINK_SECRET',
  'TICKET_SECRET',
  'DOCUMENT_LINK_SECRET',
  'PREVIOUS_DOCUMENT_LINK_SECRET',
  'SANDBOX_SERVER_KEY',
  'MIDTRANS_SERVER_KEY',
  'MIDTRANS_SERVER_KEY_PREVIOUS',
  'SMTP_URL',
  'WHATSAPP_TOKEN',
  'METRICS_TOKEN',
  'JOBS_BOARD_TOKEN',
]

const wholeNumber = (least: number, most: number, fallback: number) =>
  z.coerce.number(`is a whole number from ${least} to ${most}`).int().min(least).max(most).default(fallback)
const secret = z
  .string('is missing')
  .min(32, 'has fewer than 32 characters; make one with: openssl rand -base64 48')
const url = (...protocols: string[]) =>
  z.string('is missing').refine((value) => protocols.some((protocol) => value.startsWith(`${protocol}://`)), {
    error: `starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  })

const Environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  PORT: wholeNumber(0, 65_535, 4000),
  HOST: z.string().min(1).optional(),
  KEPT_CONNECTIONS: wholeNumber(0, 1_000_000, 1_000),
  PUBLIC_URL: url('http', 'https').optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: url('postgres', 'postgresql'),
  DATABASE_POOL_SIZE: wholeNumber(2, 500, 10),
  DATABASE_PREPARED_STATEMENTS: z.enum(['true', 'false']).default('true'),
  REPLICA_DATABASE_URL: url('postgres', 'postgresql').optional(),
  REPLICA_MAX_LAG_SECONDS: wholeNumber(1, 60, 5),
  REDIS_URL: url('redis', 'rediss'),
  EDGE_CACHE_MB: wholeNumber(0, 65_536, 64),
  RESPONSE_CACHE: z.enum(['redis', 'off']).default('redis'),
  CDN: z.enum(['none', 'varnish', 'fastly', 'cloudflare']).default('none'),
  CDN_PURGE_URL: z.string().optional(),
  CDN_TOKEN: z.string().optional(),
  CDN_ZONE: z.string().optional(),
  JWT_SECRET: secret,
  LINK_SECRET: secret,
  PREVIOUS_LINK_SECRET: secret.optional(),
  TICKET_SECRET: secret,
  DOCUMENT_LINK_SECRET: secret.optional(),
  PREVIOUS_DOCUMENT_LINK_SECRET: secret.optional(),
  DOCUMENT_LINK_TTL_SECONDS: wholeNumber(60, 31_536_000, 2_592_000),
  ACCESS_TOKEN_TTL_SECONDS: wholeNumber(60, 86_400, 900),
  REFRESH_TOKEN_TTL_SECONDS: wholeNumber(3_600, 31_536_000, 2_592_000),
  ORDER_TTL_SECONDS: wholeNumber(1, 86_400, 900),
  HOLD_TTL_SECONDS: wholeNumber(10, 3_600, 300),
  ADMISSION_TTL_SECONDS: wholeNumber(30, 7_200, 600),
  CHECKOUT_CAPACITY: wholeNumber(1, 1_000_000, 2_000),
  // The contract promises 24 hours at least.
  IDEMPOTENCY_TTL_SECONDS: wholeNumber(86_400, 2_592_000, 172_800),
  CORS_ORIGINS: z.string().optional(),
  CORS_CREDENTIALS: z.enum(['true', 'false']).default('false'),
  TRUST_PROXY: z.string().optional(),
  PAYMENT_GATEWAY: z.enum(['sandbox', 'midtrans']).default('sandbox'),
  SANDBOX_SERVER_KEY: z.string().optional(),
  MIDTRANS_SERVER_KEY: z.string().optional(),
  MIDTRANS_SERVER_KEY_PREVIOUS: z.string().optional(),
  MIDTRANS_WEBHOOK_SOURCES: z.string().optional(),
  MIDTRANS_URL: url('http', 'https').default('https://api.sandbox.midtrans.com'),
  MIDTRANS_TIMEOUT_MS: wholeNumber(100, 60_000, 5_000),
  SMTP_URL: url('smtp', 'smtps').optional(),
  SMTP_TIMEOUT_MS: wholeNumber(100, 60_000, 20_000),
  MAIL_FROM: z
    .string()
    .regex(/@[\w-]+(\.[\w-]+)*>?$/, 'is an address, or a name and an address: Karcis <tiket@karcis.example>')
    .default('Karcis <tiket@karcis.test>'),
  WHATSAPP_URL: url('http', 'https').default('https://graph.facebook.com'),
  WHATSAPP_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, 'is a version of the Graph API: v23.0')
    .default('v23.0'),
  WHATSAPP_PHONE_NUMBER_ID: z.string().regex(/^\d+$/, 'is digits').optional(),
  WHATSAPP_TOKEN: z.string().optional(),
  WHATSAPP_TIMEOUT_MS: wholeNumber(100, 60_000, 10_000),
  METRICS_TOKEN: z.string().optional(),
  JOBS_BOARD_TOKEN: secret.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  EXECUTION_TIMEOUT_MS: wholeNumber(100, 120_000, 10_000),
  GRAPHIQL: z.enum(['true', 'false']).optional(),
  RUN_JOBS: z.enum(['true', 'false']).optional(),
  OUTBOX_POLL_MS: wholeNumber(20, 60_000, 300),
  WORKER_PORT: z.coerce.number('is a port from 1 to 65535').int().min(1).max(65_535).optional(),
  JOB_CONCURRENCY: wholeNumber(1, 100, 8),
})

type Parsed = z.infer<typeof Environment>
type Variables = Readonly<Record<string, string | undefined>>

/** Reads the settings, all mistakes at once. A secret may stand in a file: NAME_FILE instead of NAME. */
export function loadConfig(variables: Variables = process.env): Config {
  const problems: string[] = []
  const given = withSecretFiles(variables, problems)
  const parsed = Environment.safeParse(given)
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  const proxies = parseAddressRanges(given['TRUST_PROXY'] ?? (isProduction(given) ? '' : 'loopback'))
  if ('problem' in proxies) problems.push(`TRUST_PROXY: ${proxies.problem}`)
  const sources = parseAddressRanges(given['MIDTRANS_WEBHOOK_SOURCES'] ?? '')
  if ('problem' in sources) problems.push(`MIDTRANS_WEBHOOK_SOURCES: ${sources.problem}`)
  problems.push(...incompleteCdn(given), ...incompleteWhatsApp(given))
  if (isProduction(given)) problems.push(...weakInProduction(given))
  if (!parsed.success || 'problem' in proxies || 'problem' in sources || problems.length > 0)
    throw new ConfigError(problems)
  return configOf(parsed.data, proxies, sources.length > 0 ? sources : null)
}

const isProduction = (given: Variables): boolean => given['NODE_ENV'] === 'production'

function withSecretFiles(variables: Variables, problems: string[]): Variables {
  // `NAME=` in an environment file means "not set".
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  for (const name of SECRETS) {
    const file = given[`${name}_FILE`]
    if (!file) continue
    try {
      given[name] = readFileSync(file, 'utf8').trim()
    } catch {
      problems.push(`${name}_FILE: the file cannot be read`)
    }
  }
  return given
}

/** A purge that cannot be sent would leave old answers in the CDN for as long as it keeps them. */
function incompleteCdn(given: Variables): string[] {
  const cdn = given['CDN'] ?? 'none'
  const urls = listOf(given['CDN_PURGE_URL'] ?? '')
  const rules: [boolean, string][] = [
    [urls.some((one) => !/^https?:\/\//.test(one)), 'CDN_PURGE_URL: starts with http:// or https://'],
    [cdn === 'varnish' && urls.length === 0, 'CDN_PURGE_URL: is missing; name each Varnish, comma-separated'],
    [
      ['fastly', 'cloudflare'].includes(cdn) && !given['CDN_TOKEN'],
      `CDN_TOKEN: is missing; ${cdn} asks for it`,
    ],
    [
      ['fastly', 'cloudflare'].includes(cdn) && !given['CDN_ZONE'],
      `CDN_ZONE: is missing; ${cdn} asks for it`,
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, problem]) => problem)
}

/** Half of it is a mistake, which nobody would notice: messages would simply not go out. */
function incompleteWhatsApp(given: Variables): string[] {
  const names = ['WHATSAPP_PHONE_NUMBER_ID', 'WHATSAPP_TOKEN']
  const missing = names.filter((name) => !given[name])
  return missing.length === 1 ? missing.map((name) => `${name}: is missing; WhatsApp needs both`) : []
}

/** What development forgives and production does not. */
function weakInProduction(given: Variables): string[] {
  const origins = listOf(given['CORS_ORIGINS'] ?? '')
  const rules: [boolean, string][] = [
    [
      given['PAYMENT_GATEWAY'] !== 'midtrans',
      'PAYMENT_GATEWAY: the sandbox is no payment provider; set it to midtrans',
    ],
    [!given['MIDTRANS_SERVER_KEY'], 'MIDTRANS_SERVER_KEY: is missing'],
    [!given['MIDTRANS_URL'], 'MIDTRANS_URL: say which, https://api.midtrans.com or the provider’s sandbox'],
    [!given['PUBLIC_URL'], 'PUBLIC_URL: is missing; links in mails and payments start with it'],
    [!given['SMTP_URL'], 'SMTP_URL: is missing; tickets are sent by mail'],
    [!given['MAIL_FROM'], 'MAIL_FROM: is missing; say who sends the mail'],
    [
      !!given['WHATSAPP_TOKEN'] && given['WHATSAPP_URL']?.startsWith('http://') === true,
      'WHATSAPP_URL: starts with https://, or the token could be read on its way',
    ],
    [(given['METRICS_TOKEN'] ?? '').length < 16, 'METRICS_TOKEN: is missing or has fewer than 16 characters'],
    [
      origins.includes('*') && given['CORS_CREDENTIALS'] === 'true',
      'CORS_ORIGINS: * with CORS_CREDENTIALS=true lets every site act for a signed-in user; list the origins',
    ],
    [
      new Set([given['JWT_SECRET'], given['LINK_SECRET'], given['TICKET_SECRET']]).size < 3,
      'JWT_SECRET, LINK_SECRET, TICKET_SECRET: must differ from each other',
    ],
    [!given['DOCUMENT_LINK_SECRET'], 'DOCUMENT_LINK_SECRET: is missing; links to tickets are signed with it'],
    [
      ['JWT_SECRET', 'LINK_SECRET', 'TICKET_SECRET'].some(
        (name) => given[name] && given[name] === given['DOCUMENT_LINK_SECRET'],
      ),
      'DOCUMENT_LINK_SECRET: must differ from the other secrets',
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, problem]) => problem)
}

/** What development goes without setting. */
const derived = (secret: string, use: string): string =>
  createHmac('sha256', secret).update(`karcis ${use}`).digest('base64url')

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

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

function configOf(env: Parsed, trustedProxies: AddressRanges, sources: AddressRanges | null): Config {
  const development = env.NODE_ENV !== 'production'
  return {
    environment: env.NODE_ENV,
    port: env.PORT,
    // Only a container or a server behind a proxy wants to be reached from elsewhere.
    host: env.HOST ?? (development ? '127.0.0.1' : '0.0.0.0'),
    keptConnections: env.KEPT_CONNECTIONS,
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    dataDir: resolve(env.DATA_DIR),
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    preparedStatements: env.DATABASE_PREPARED_STATEMENTS === 'true',
    replicaDatabaseUrl: env.REPLICA_DATABASE_URL ?? null,
    replicaMaxLagMs: env.REPLICA_MAX_LAG_SECONDS * 1_000,
    redisUrl: env.REDIS_URL,
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
    smtpUrl: env.SMTP_URL ?? null,
    smtpTimeoutMs: env.SMTP_TIMEOUT_MS,
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
  }
}
