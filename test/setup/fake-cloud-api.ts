// Meta's Cloud API on a loopback port: takes template messages as docs/whatsapp-contract.md says, and fails when told to.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'

export type CloudFault =
  | { readonly status: number; readonly code: number; readonly message?: string }
  /** Takes the message and never answers. */
  | 'hang'
  /** Takes the message and breaks the connection. */
  | 'lose'

const Body = z.strictObject({
  messaging_product: z.literal('whatsapp'),
  recipient_type: z.literal('individual'),
  to: z.string().regex(/^[1-9]\d{7,14}$/),
  type: z.literal('template'),
  template: z.strictObject({
    name: z.string().regex(/^[a-z0-9_]+$/),
    language: z.strictObject({ code: z.enum(['id', 'en']) }),
    components: z.tuple([
      z.strictObject({
        type: z.literal('body'),
        parameters: z.array(
          z.strictObject({
            type: z.literal('text'),
            // Refused with 131008 and 132000: empty, with a line break or a tab, or with more than four spaces.
            text: z
              .string()
              .min(1)
              .regex(/^(?!.*(?:[\n\t]| {5})).*$/s),
          }),
        ),
      }),
    ]),
  }),
})

type Taken = z.infer<typeof Body>

// How many parameters the approved templates have.
const PARAMETERS: Readonly<Record<string, number>> = {
  karcis_order_placed: 5,
  karcis_order_paid: 2,
  karcis_order_expired: 2,
  karcis_order_refunded: 3,
  karcis_event_changed: 4,
  karcis_event_cancelled: 3,
}

export interface FakeCloudApi {
  readonly url: string
  /** Messages on their way to a phone, in order; also those of which nobody was told. */
  readonly taken: readonly Taken[]
  /** Every call, also those that met a fault. */
  calls(): number
  next(...faults: CloudFault[]): void
  close(): Promise<void>
}

export const CLOUD = { phoneNumberId: '106540352242922', token: 'token-of-a-test', version: 'v23.0' }

export async function startFakeCloudApi(): Promise<FakeCloudApi> {
  const taken: Taken[] = []
  const faults: CloudFault[] = []
  let calls = 0

  function answer(request: IncomingMessage, response: ServerResponse, text: string): unknown {
    calls += 1
    const say = (status: number, body: unknown) =>
      void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    const refuse = (status: number, code: number, message: string) =>
      say(status, { error: { message, type: 'OAuthException', code, fbtrace_id: 'A' } })
    if (request.headers.authorization !== `Bearer ${CLOUD.token}`)
      return refuse(401, 190, 'Invalid OAuth access token.')
    if (request.method !== 'POST' || request.url !== `/${CLOUD.version}/${CLOUD.phoneNumberId}/messages`)
      return refuse(404, 100, 'Unsupported request')
    const fault = faults.shift()
    if (typeof fault === 'object') return refuse(fault.status, fault.code, fault.message ?? 'refused')
    const parsed = Body.safeParse(JSON.parse(text))
    if (!parsed.success) return refuse(400, 100, parsed.error.message)
    const { to, template } = parsed.data
    if (template.components[0].parameters.length !== PARAMETERS[template.name])
      return refuse(400, 132_000, 'Number of parameters does not match the expected number of params')
    taken.push(parsed.data)
    if (fault === 'hang') return
    if (fault === 'lose') return void request.socket.destroy()
    say(200, {
      messaging_product: 'whatsapp',
      contacts: [{ input: to, wa_id: to }],
      messages: [{ id: `wamid.${taken.length}`, message_status: 'accepted' }],
    })
  }

  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => {
      text += part
    })
    request.on('end', () => answer(request, response, text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    calls: () => calls,
    next: (...coming) => void faults.push(...coming),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
