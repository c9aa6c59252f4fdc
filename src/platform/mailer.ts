import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { within } from './within.ts'

export interface Attachment {
  readonly filename: string
  readonly contentType: string
  readonly content: Buffer
  /** What the HTML calls a picture that it shows: `cid:<this>`. Without, it is only attached. */
  readonly cid?: string
}

export interface Mail {
  /** Becomes the Message-ID, so that a mail sent twice can be seen to be one. */
  readonly id: string
  /** Its Date: the same however often it is sent. */
  readonly date: Date
  readonly to: string
  /** For whom it is sent: stands in the sender's name. Left out: only the sender's own. */
  readonly brand?: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attachments: readonly Attachment[]
}

/** The server will not take this mail, now or later. */
export class MailRefused extends Error {}

export interface Mailer {
  /** What the server said when it took the mail. Throws MailRefused; after any other error it may have been taken. */
  send(mail: Mail): Promise<string>
}

export interface MailerOptions {
  /** Null: each mail is kept as `<folder>/<id>.eml`, for development. */
  readonly smtpUrl: string | null
  readonly from: string
  readonly folder: string
  /** Whether a server that offers no TLS gets nothing. */
  readonly requireTls: boolean
  /** How long one step may take: connecting, the greeting, each reply. A mail has three times as long in all. */
  readonly timeoutMs: number
}

export function createMailer({ smtpUrl, from, folder, timeoutMs, requireTls }: MailerOptions): Mailer {
  const envelope = (mail: Mail) => ({
    from: mail.brand ? senderFor(mail.brand, from) : from,
    // As an object it is one address, whatever is written in it.
    to: { name: '', address: mail.to },
    date: mail.date,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${domainOf(from)}>`,
    // Nobody's "I am on holiday" is wanted.
    headers: { 'Auto-Submitted': 'auto-generated' },
    attachments: mail.attachments.map(({ cid, ...file }) =>
      cid ? { ...file, cid, contentDisposition: 'inline' as const } : file,
    ),
  })
  if (smtpUrl) {
    const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
    // A connection for each mail: a pool of them would send a mail again by itself when a connection ends.
    const smtp = createTransport({ url: requireTls ? withTls(smtpUrl) : smtpUrl, ...timeouts }, { from })
    return {
      async send(mail) {
        try {
          const { response } = await within(3 * timeoutMs, smtp.sendMail(envelope(mail)))
          return response
        } catch (error) {
          throw isRefusal(error) ? new MailRefused(error.message) : error
        }
      },
    }
  }
  const files = createTransport({ streamTransport: true, buffer: true })
  return {
    async send(mail) {
      const { message } = await files.sendMail(envelope(mail))
      if (!Buffer.isBuffer(message)) throw new Error('The mail was not built in one piece.')
      await mkdir(folder, { recursive: true })
      const path = join(folder, `${mail.id}.eml`)
      // Whoever watches the folder sees whole mails only.
      await writeFile(`${path}.part`, message)
      await rename(`${path}.part`, path)
      return path
    },
  }
}

// In the address, because nodemailer lets what an address says stand above its options.
function withTls(smtpUrl: string): string {
  const url = new URL(smtpUrl)
  url.searchParams.set('requireTLS', 'true')
  return url.href
}

/** `Gelora Kampus via Karcis`, from our own address. */
function senderFor(brand: string, from: string): { name: string; address: string } {
  const [, name = '', address = from] = /^\s*"?([^"<]*?)"?\s*<([^>]+)>\s*$/.exec(from) ?? []
  return { name: name ? `${brand} via ${name}` : brand, address }
}

const domainOf = (from: string): string => /@([\w.-]+)/.exec(from)?.[1] ?? 'karcis'

// What is said of the recipient or the mail. A refused sender or sign-in is our mistake, which somebody will mend.
const ABOUT_THE_MAIL = new Set(['RCPT TO', 'DATA'])

function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || !('responseCode' in error) || !('command' in error)) return false
  return (
    typeof error.responseCode === 'number' &&
    error.responseCode >= 500 &&
    ABOUT_THE_MAIL.has(String(error.command))
  )
}
