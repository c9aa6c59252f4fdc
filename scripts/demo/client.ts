import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

// biome-ignore lint/suspicious/noExplicitAny: the demo reads what it expects and stops where it is not there.
export type Json = any

interface Sent {
  readonly method?: 'GET' | 'POST'
  readonly token?: string
}

interface Received {
  readonly status: number
  readonly headers: Headers
  readonly data: Json
}

export type DemoClient = Awaited<ReturnType<typeof createDemoClient>>

const LONGEST = 700
const PATIENCE_MS = 20_000
const INTERESTING = ['cache-control', 'idempotent-replayed', 'content-disposition']

/** A client that prints what it sends and what comes back. */
export async function createDemoClient(url: string) {
  const manifest = JSON.parse(
    await readFile(new URL('../../persisted-queries/manifest.json', import.meta.url), 'utf8'),
  )
  let steps = 0
  let print = (line: string): void => console.log(line)

  const show = (mark: string, text: string) =>
    print(
      `  ${mark} ${text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text}`,
    )

  function check(claim: string, holds: boolean): void {
    print(`  ${holds ? '✓' : '✗'} ${claim}`)
    if (!holds) throw new Error(`This step is not green: ${claim}.`)
  }

  async function send(
    method: string,
    target: string,
    body: object | null,
    token?: string,
  ): Promise<Response> {
    show('→', `${method} ${target}${body ? ` ${JSON.stringify(body)}` : ''}`)
    const response = await fetch(target, {
      method,
      headers: {
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const headers = INTERESTING.flatMap((name) =>
      response.headers.has(name) ? [`${name}: ${response.headers.get(name)}`] : [],
    )
    show('←', `${response.status} [${headers.join(', ')}] ${await summary(response.clone())}`)
    return response
  }

  async function answered(name: string, response: Response): Promise<Received> {
    const { data, errors }: Json = await response.json()
    check(`${name} is answered`, response.ok && !errors)
    return { status: response.status, headers: response.headers, data }
  }

  /** What comes about in its own time, asked for until it is there. Of the asking the last is printed. */
  async function until<T>(claim: string, read: () => Promise<T | null | undefined | false>): Promise<T> {
    const began = performance.now()
    for (;;) {
      const lines: string[] = []
      print = (line) => lines.push(line)
      const found = await read().finally(() => {
        print = console.log
      })
      const ms = Math.round(performance.now() - began)
      if (found || ms > PATIENCE_MS) {
        for (const line of lines) print(line)
        check(`${claim} (${ms} ms)`, Boolean(found))
        if (found) return found
      }
      await sleep(100)
    }
  }

  async function call(
    operation: string,
    variables: object,
    { method = 'POST', token }: Sent = {},
  ): Promise<Received> {
    const found = manifest.operations.findLast((one: Json) => one.name === operation)
    const documentId = `sha256:${found?.id}`
    const search = new URLSearchParams({ documentId, variables: JSON.stringify(variables) })
    const response =
      method === 'GET'
        ? await send('GET', `${url}/graphql?${search}`, null, token)
        : await send('POST', `${url}/graphql`, { documentId, variables }, token)
    return answered(operation, response)
  }

  return {
    url,
    check,
    call,
    step: (title: string) => console.log(`\n${++steps}. ${title}`),
    /** Where a person can see it too. */
    look: (what: string) => console.log(`  ▸ ${what}`),
    /** A document of one's own, as staff may send one. */
    ask: async (name: string, query: string, variables: object, token: string): Promise<Json> =>
      (await answered(name, await send('POST', `${url}/graphql`, { query, variables }, token))).data,
    get: (target: string) => send('GET', target, null),
    post: (target: string, body: object) => send('POST', target, body),
    until,
    async login(email: string, operation: 'GateLogin' | 'Login' = 'GateLogin'): Promise<string> {
      const { data } = await call(operation, { input: { email, password: 'karcis-dev-only' } })
      check(`${email} is signed in`, data.login.__typename === 'Session')
      return data.login.accessToken
    },
  }
}

async function summary(response: Response): Promise<string> {
  const type = response.headers.get('content-type') ?? ''
  if (/json/.test(type)) return response.text()
  return `${type}, ${(await response.arrayBuffer()).byteLength} bytes`
}
