// A CDN on a loopback port that speaks the documented HTTP of Varnish with xkey, Fastly or Cloudflare, keeps what it is
// given by tag, and fails when told to.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { Cdn } from '../../src/http/edge/cdn/cdn.ts'

export type CdnFault =
  /** 503, nothing done. */
  | 'fail'
  /** 429 with Retry-After, nothing done. */
  | 'busy'
  /** The connection breaks before anything is done. */
  | 'drop'
  /** No answer ever comes. */
  | 'hang'
  /** The answer begins and never ends. */
  | 'stall'
  /** 200, and a body which says that nothing was done. */
  | 'deny'
  /** 200 from a proxy that knows nothing of purges. */
  | 'page'
  /** A redirect to this address. */
  | { readonly to: string }

export interface FakeCdn {
  readonly url: string
  /** How many calls came in, also those that met a fault. */
  readonly calls: number
  /** By call that was obeyed the tags that it named. */
  readonly purged: readonly (readonly string[])[]
  /** Keeps an object whose answer had this tag header. */
  keep(name: string, header: readonly [string, string]): void
  /** The names of the objects that it has, sorted. */
  kept(): string[]
  /** What happens to the coming calls, one each; after that all goes well. */
  next(...faults: CdnFault[]): void
  close(): Promise<void>
}

interface Said {
  readonly status: number
  readonly body: object | string
}

/** A request as its protocol reads it: the tags that it names, or why it is refused. */
type Read = (request: IncomingMessage, body: string) => readonly string[] | Said

interface Protocol {
  readonly tagHeader: string
  readonly separator: string
  /** Of one header line, its name included. */
  readonly headerBytes: number
  readonly read: Read
  readonly done: (tags: readonly string[]) => object | string
  readonly denied: object | string
}

const CloudflareBody = z.strictObject({ tags: z.array(z.string().min(1).max(1_024)).min(1).max(100) })

function bodyOfCloudflare(body: string): readonly string[] | null {
  try {
    return CloudflareBody.parse(JSON.parse(body)).tags
  } catch {
    return null
  }
}

const refusedByCloudflare = (message: string) => ({
  success: false,
  errors: [{ code: 1_000, message }],
  messages: [],
  result: null,
})

const protocols = (token: string, zone: string): Readonly<Record<Cdn['name'], Protocol>> => ({
  varnish: {
    tagHeader: 'xkey',
    separator: ' ',
    headerBytes: 8_192,
    read({ method, url, headers }) {
      const keys = headers['xkey-purge']
      if (method !== 'PURGE' || url !== '/') return { status: 405, body: 'Not a purge.' }
      if (typeof keys !== 'string' || keys.length + 12 > 8_192) return { status: 400, body: 'No keys.' }
      return keys.split(' ')
    },
    done: (tags) => `Invalidated ${tags.length} objects`,
    denied: 'Invalidated 0 objects',
  },
  fastly: {
    tagHeader: 'surrogate-key',
    separator: ' ',
    headerBytes: 16_384,
    read({ method, url, headers }) {
      if (method !== 'POST' || url !== `/service/${zone}/purge`)
        return { status: 404, body: { msg: 'Record not found' } }
      if (headers['fastly-key'] !== token) return { status: 401, body: { msg: 'No such token' } }
      const keys = String(headers['surrogate-key'] ?? '').split(' ')
      if (keys.includes('') || keys.length > 256 || keys.some((key) => key.length > 1_024))
        return { status: 400, body: { msg: 'Bad keys' } }
      return keys
    },
    done: (tags) => Object.fromEntries(tags.map((tag, index) => [tag, `108-1391560174-${index}`])),
    denied: { status: 'error' },
  },
  cloudflare: {
    tagHeader: 'cache-tag',
    separator: ',',
    headerBytes: 16_384,
    read({ method, url, headers }, body) {
      if (method !== 'POST' || url !== `/zones/${zone}/purge_cache`)
        return { status: 404, body: refusedByCloudflare('No such route') }
      if (headers.authorization !== `Bearer ${token}` || headers['content-type'] !== 'application/json')
        return { status: 403, body: refusedByCloudflare('Not allowed') }
      return bodyOfCloudflare(body) ?? { status: 400, body: refusedByCloudflare('Bad body') }
    },
    done: () => ({ success: true, errors: [], messages: [], result: { id: zone } }),
    denied: refusedByCloudflare('Rate limited'),
  },
})

export async function startFakeCdn(
  kind: Cdn['name'],
  { token = '', zone = '' }: { token?: string; zone?: string } = {},
): Promise<FakeCdn> {
  const protocol = protocols(token, zone)[kind]
  const objects = new Map<string, readonly string[]>()
  const purged: (readonly string[])[] = []
  const faults: CdnFault[] = []
  let calls = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls += 1
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    const fault = faults.shift()
    if (fault) return meet(fault, protocol, response)
    const tags = protocol.read(request, body)
    if ('status' in tags) return send(response, tags)
    purged.push(tags)
    for (const [name, keys] of objects) if (keys.some((key) => tags.includes(key))) objects.delete(name)
    send(response, { status: 200, body: protocol.done(tags) })
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls
    },
    purged,
    keep(name, [header, value]) {
      if (header.toLowerCase() !== protocol.tagHeader) throw new Error(`${kind} does not read ${header}.`)
      // Longer headers are no part of the answer.
      const read = header.length + 2 + value.length <= protocol.headerBytes ? value : ''
      objects.set(name, read.split(protocol.separator))
    },
    kept: () => [...objects.keys()].sort(),
    next(...coming) {
      faults.push(...coming)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function meet(fault: CdnFault, protocol: Protocol, response: ServerResponse): void {
  if (fault === 'hang') return
  if (fault === 'drop') response.destroy()
  else if (fault === 'stall') response.writeHead(200).write('{')
  else if (fault === 'fail') send(response, { status: 503, body: 'Not now.' })
  else if (fault === 'busy') response.writeHead(429, { 'Retry-After': '60' }).end()
  else if (fault === 'deny') send(response, { status: 200, body: protocol.denied })
  else if (fault === 'page') send(response, { status: 200, body: '<p>Welcome.</p>' })
  else response.writeHead(307, { Location: fault.to }).end()
}

function send(response: ServerResponse, { status, body }: Said): void {
  const [type, text] =
    typeof body === 'string' ? ['text/html', body] : ['application/json', JSON.stringify(body)]
  response.writeHead(status, { 'Content-Type': type }).end(text)
}
