import { DomainError } from './errors.ts'

const LONGEST = 200
// What a message may quote: addresses, links, numbers of people and cards, and anything that looks like a token.
const SECRETS = [
  /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi,
  /\S+@\S+/g,
  /[\w+/=.-]{20,}/g,
  /\+?\d[\d\s().-]{8,}\d/g,
  /(["'`]).*?\1/g,
]
// A code is a name of ours, of Node or of PostgreSQL.
const CODE = /^[A-Z0-9_]{2,40}$/i

/**
 * What a failure may tell people outside the log: its kind, its code, and its first line without addresses, links, numbers,
 * tokens and quotations. The log has the whole.
 */
export function summaryOf(error: unknown): string {
  if (error instanceof DomainError) return `${error.code}: ${plain(error.message)}`
  if (!(error instanceof Error)) return 'Error'
  const code =
    'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? ` ${error.code}` : ''
  // Prisma quotes the call and its arguments, with the line and the values of whoever is concerned.
  const isOfPrisma = error.name.startsWith('Prisma') || error.name === 'DriverAdapterError'
  const line = isOfPrisma || error.name === 'ZodError' ? '' : plain(error.message.trim().split('\n')[0] ?? '')
  return `${error.name}${code}${line ? `: ${line}` : ''}`
}

function plain(text: string): string {
  // A message without end must not keep the expressions busy.
  const cut = SECRETS.reduce((rest, secret) => rest.replace(secret, '…'), text.slice(0, 2 * LONGEST))
  return cut.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST)
}
