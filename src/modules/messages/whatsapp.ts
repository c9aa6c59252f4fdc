// WhatsApp by Meta's Cloud API. What it says and what it is relied on for: docs/whatsapp-contract.md.
import { z } from 'zod'
import { internationalPhone } from '../../platform/phone.ts'

export interface TemplateMessage {
  /** As the buyer wrote it. */
  readonly to: string
  readonly template: string
  readonly language: string
  /** Of the template's body, in order. */
  readonly parameters: readonly string[]
}

export interface WhatsApp {
  /**
   * The id that the provider gave it. Throws WhatsAppRefused when it never will take this one, WhatsAppUnclear when it may
   * have taken it, and any other error when it has not.
   */
  send(message: TemplateMessage): Promise<string>
}

export class WhatsAppRefused extends Error {}
export class WhatsAppUnclear extends Error {}

export interface CloudApiOptions {
  readonly url: string
  readonly version: string
  readonly phoneNumberId: string
  readonly token: string
  readonly timeoutMs: number
}

const Accepted = z.object({ messages: z.array(z.object({ id: z.string().min(1).max(500) })).min(1) })
const Refused = z.object({ error: z.object({ code: z.int() }) })
// Too much at once, or a passing trouble of theirs, by the page "Error codes": these come with HTTP 400 as well.
const PASSING = new Set([1, 2, 4, 80_007, 130_429, 131_000, 131_016, 131_048, 131_056, 131_057, 133_004])
// Our token or our right to send: somebody mends it, and then the message can go.
const OURS = new Set([0, 3, 10, 190, 131_005, 131_031, 131_042])
// Nothing was sent: the connection did not come about.
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

export function createCloudApi(options: CloudApiOptions): WhatsApp {
  const { url, version, phoneNumberId, token, timeoutMs } = options
  const address = `${url}/${version}/${encodeURIComponent(phoneNumberId)}/messages`
  return {
    async send(message) {
      const response = await fetch(address, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(bodyOf(message)),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw failure(error, timeoutMs)
      })
      const body = parse(
        await response.text().catch(() => {
          throw new WhatsAppUnclear('the answer broke off')
        }),
      )
      if (response.ok) {
        const id = Accepted.safeParse(body).data?.messages[0]?.id
        if (!id) throw new WhatsAppUnclear(`answered ${response.status} without the id of a message`)
        return id
      }
      // Their words stay out: they may repeat the number.
      const code = Refused.safeParse(body).data?.error.code
      const said = `answered ${response.status}, code ${code ?? 'none'}`
      const passes = response.status === 429 || response.status === 401 || response.status >= 500
      if (passes || (code !== undefined && (PASSING.has(code) || OURS.has(code)))) throw new Error(said)
      throw new WhatsAppRefused(said)
    },
  }
}

const bodyOf = ({ to, template, language, parameters }: TemplateMessage) => ({
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to: internationalPhone(to),
  type: 'template',
  template: {
    name: template,
    language: { code: language },
    components: [{ type: 'body', parameters: parameters.map((text) => ({ type: 'text', text })) }],
  },
})

function failure(error: unknown, timeoutMs: number): Error {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new WhatsAppUnclear(`no answer in ${timeoutMs} ms`)
  const cause = error instanceof Error ? error.cause : undefined
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'no code'
  return NOT_CONNECTED.has(code)
    ? new Error(`no connection: ${code}`)
    : new WhatsAppUnclear(`the connection broke: ${code}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
