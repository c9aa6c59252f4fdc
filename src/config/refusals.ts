import { isLoopback } from '../platform/loopback.ts'
import { listOf, type Variables } from './environment.ts'

type Rule = readonly [broken: boolean, problem: string]

/** Settings that are each well-formed and not good together, or not good enough for production. */
export const refusals = (given: Variables): string[] =>
  [
    ...incompleteCdn(given),
    ...incompleteWhatsApp(given),
    ...oddOrigins(given),
    ...(isProduction(given) ? weakInProduction(given) : []),
  ]
    .filter(([broken]) => broken)
    .map(([, problem]) => problem)

export const isProduction = (given: Variables): boolean => given['NODE_ENV'] === 'production'

/** A purge that cannot be sent would leave old answers in the CDN for as long as it keeps them. */
function incompleteCdn(given: Variables): Rule[] {
  const cdn = given['CDN'] ?? 'none'
  const urls = listOf(given['CDN_PURGE_URL'] ?? '')
  return [
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
}

/** Half of it is a mistake, which nobody would notice: messages would simply not go out. */
function incompleteWhatsApp(given: Variables): Rule[] {
  const names = ['WHATSAPP_PHONE_NUMBER_ID', 'WHATSAPP_TOKEN']
  const some = names.some((name) => given[name])
  return names.map((name) => [some && !given[name], `${name}: is missing; WhatsApp needs both`])
}

/** A browser sends scheme, host and port and nothing else, so an origin with more never matches, and nobody would notice. */
const oddOrigins = (given: Variables): Rule[] =>
  listOf(given['CORS_ORIGINS'] ?? '').map((one) => [
    one !== '*' && one !== originOf(one),
    `CORS_ORIGINS: ${one} is no origin; ${adviceOn(one)}`,
  ])

/** As a browser writes it; null for what has none. */
function originOf(text: string): string | null {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) && !url.host.includes('*') ? url.origin : null
}

function adviceOn(text: string): string {
  const origin = originOf(text.includes('://') || text === 'null' ? text : `https://${text}`)
  return origin
    ? `write ${origin}`
    : 'write each as https://shop.example, without a path, or * alone for every site'
}

/**
 * Links, keys and tokens that anybody on their way could read or change. What stays on this machine may go in the clear, for
 * nobody is on its way: that is how an installation is rehearsed. A Varnish that is purged gets no secret and speaks no TLS.
 */
function inTheClear(given: Variables): Rule[] {
  const withToken = ['fastly', 'cloudflare'].includes(given['CDN'] ?? '') ? ['CDN_PURGE_URL'] : []
  return ['PUBLIC_URL', 'MIDTRANS_URL', 'WHATSAPP_URL', ...withToken].map((name) => [
    listOf(given[name] ?? '').some((one) => !isSafe(URL.parse(one))),
    `${name}: starts with https://, or with http:// and this machine's own name; else it could be read and changed on its way`,
  ])
}

const isSafe = (url: URL | null): boolean =>
  url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))

/** What development forgives and production does not. */
function weakInProduction(given: Variables): Rule[] {
  const origins = listOf(given['CORS_ORIGINS'] ?? '')
  return [
    [
      given['PAYMENT_GATEWAY'] !== 'midtrans',
      'PAYMENT_GATEWAY: the sandbox is no payment provider; set it to midtrans',
    ],
    [!given['MIDTRANS_SERVER_KEY'], 'MIDTRANS_SERVER_KEY: is missing'],
    [!given['MIDTRANS_URL'], 'MIDTRANS_URL: say which, https://api.midtrans.com or the provider’s sandbox'],
    [!given['PUBLIC_URL'], 'PUBLIC_URL: is missing; links in mails and payments start with it'],
    [!given['SMTP_URL'], 'SMTP_URL: is missing; tickets are sent by mail'],
    [!given['MAIL_FROM'], 'MAIL_FROM: is missing; say who sends the mail'],
    ...inTheClear(given),
    [(given['METRICS_TOKEN'] ?? '').length < 16, 'METRICS_TOKEN: is missing or has fewer than 16 characters'],
    [
      origins.includes('*') && given['CORS_CREDENTIALS'] === 'true',
      'CORS_ORIGINS: * with CORS_CREDENTIALS=true lets every site act for a signed-in user; list the origins',
    ],
    [
      // One that is missing is said to be missing.
      areAlike([given['JWT_SECRET'], given['LINK_SECRET'], given['TICKET_SECRET']]),
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
}

const areAlike = (values: readonly (string | undefined)[]): boolean => {
  const set = values.filter(Boolean)
  return new Set(set).size < set.length
}
