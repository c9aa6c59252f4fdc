// What a browser does around `fetch` and Node does not: it asks whether a page may call another origin, and keeps answers.

export interface Exchange {
  readonly method: string
  readonly url: URL
  /** What came over the wire; the page is shown 200 where this is 304. */
  readonly status: number
  /** It had to ask by OPTIONS first. */
  readonly preflight: boolean
}

export interface Browser {
  readonly fetch: typeof fetch
  readonly exchanges: readonly Exchange[]
}

interface Kept {
  readonly etag: string
  readonly body: ArrayBuffer
  readonly headers: Headers
}

const ORIGIN = 'https://tiket.example'
// What a page may send to another origin unasked (the Fetch standard's safelist). Our bodies are JSON, which is not.
const UNASKED = new Set(['accept', 'accept-language', 'content-language'])

/**
 * A browser with an empty private cache, on a page of another origin, whose user reloads: it asks each time, and where the
 * server answers 304 it shows the page what it has kept. It keeps what has an ETag and is not `no-store`, by address and
 * Accept. What the server does not allow to the other origin fails as in a browser.
 */
export function openBrowser(): Browser {
  const kept = new Map<string, Kept>()
  const exchanges: Exchange[] = []

  const browse: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { method, url } = request
    const preflight = await askFirst(request)
    const key = `${method} ${url} ${request.headers.get('accept')}`
    const before = kept.get(key)
    request.headers.set('Origin', ORIGIN)
    if (before) request.headers.set('If-None-Match', before.etag)
    const response = await fetch(request)
    if (!allows(response, 'origin', ORIGIN)) throw new TypeError('The answer is not for this origin.')
    exchanges.push({ method, url: new URL(url), status: response.status, preflight })
    if (before && response.status === 304) return new Response(before.body, { headers: before.headers })
    const { headers } = response
    const etag = headers.get('etag')
    const mayKeep = !headers.get('cache-control')?.includes('no-store')
    if (method !== 'GET' || !response.ok || etag === null || !mayKeep) return response
    const body = await response.arrayBuffer()
    kept.set(key, { etag, body, headers })
    return new Response(body, { headers })
  }
  return { fetch: browse, exchanges }
}

/** Asks by OPTIONS where a browser would (the Fetch standard, "CORS-preflight request"). Throws when it is not allowed. */
async function askFirst({ method, url, headers }: Request): Promise<boolean> {
  const unsafe = [...headers.keys()].filter((name) => !UNASKED.has(name))
  if (unsafe.length === 0) return false
  const response = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      Origin: ORIGIN,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': unsafe.sort().join(','),
    },
  })
  const allowed =
    response.ok &&
    allows(response, 'origin', ORIGIN) &&
    allows(response, 'methods', method) &&
    unsafe.every((name) => allows(response, 'headers', name))
  if (!allowed) throw new TypeError(`${method} with ${unsafe} is not allowed.`)
  return true
}

/** The star means everything but for headers: it does not cover Authorization, so none is relied on there. */
function allows({ headers }: Response, what: 'origin' | 'methods' | 'headers', value: string): boolean {
  const names = (headers.get(`access-control-allow-${what}`) ?? '').toLowerCase().split(/\s*,\s*/)
  return names.includes(value.toLowerCase()) || (what === 'origin' && names.includes('*'))
}
