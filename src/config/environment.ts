import { z } from 'zod'

/** What the environment says, by name. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Variables that may stand in a file instead: NAME_FILE. */
export const SECRETS = [
  'DATABASE_URL',
  'DIRECT_DATABASE_URL',
  'REPLICA_DATABASE_URL',
  'REDIS_URL',
  'REDIS_CACHE_URL',
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

/** Every variable, with its form and its default. Described for operators in .env.example and README.md. */
export const Environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  PORT: wholeNumber(0, 65_535, 4000),
  HOST: z.string().min(1).optional(),
  KEPT_CONNECTIONS: wholeNumber(0, 1_000_000, 1_000),
  PUBLIC_URL: url('http', 'https').optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: url('postgres', 'postgresql'),
  /** Read by scripts/migrate.ts alone. */
  DIRECT_DATABASE_URL: url('postgres', 'postgresql').optional(),
  DATABASE_POOL_SIZE: wholeNumber(2, 500, 10),
  DATABASE_PREPARED_STATEMENTS: z.enum(['true', 'false']).default('true'),
  REPLICA_DATABASE_URL: url('postgres', 'postgresql').optional(),
  REPLICA_MAX_LAG_SECONDS: wholeNumber(1, 60, 5),
  REDIS_URL: url('redis', 'rediss'),
  REDIS_CACHE_URL: url('redis', 'rediss').optional(),
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
  MIDTRANS_CALLS_PER_SECOND: wholeNumber(1, 10_000, 100),
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
  MESSAGES_PER_SECOND: wholeNumber(1, 10_000, 15),
})

export type Parsed = z.infer<typeof Environment>

/** A list in one variable, comma-separated. */
export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
