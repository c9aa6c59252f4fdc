import { readFile } from 'node:fs/promises'

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

const LONGEST = 700

/** A client that prints what it sends and what comes back. */
export async function createDemoClient(url: string) {
  const manifest = JSON.parse(
    await readFile(new URL('../../persisted-queries/manifest.json', import.meta.url), 'utf8'),
  )
  let steps = 0

  const show = (mark: string, text: string) =>
    console.log(
      `  ${mark} ${text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text}`,
    )

  function check(claim: string, holds: boolean): void {
    console.log(`  ${holds ? '✓' : '✗'} ${claim}`)
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
    const interesting = ['cache-control', 'idempotent-replayed']
      .flatMap((name) => (response.headers.has(name) ? [`${name}: ${response.headers.get(name)}`] : []))
      .join(', ')
    const type = response.headers.get('content-type') ?? ''
    const text = type.startsWith('image/') ? type : await response.clone().text()
    show('←', `${response.status} [${interesting}] ${text}`)
    return response
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
    const { data, errors }: Json = await response.json()
    check(`${operation} is answered`, response.ok && !errors)
    return { status: response.status, headers: response.headers, data }
  }

  return {
    check,
    call,
    step: (title: string) => console.log(`\n${++steps}. ${title}`),
    get: (target: string) => send('GET', target, null),
    post: (target: string, body: object) => send('POST', target, body),
    async login(email: string): Promise<string> {
      const { data } = await call('GateLogin', { input: { email, password: 'karcis-dev-only' } })
      check(`${email} is signed in`, data.login.__typename === 'Session')
      return data.login.accessToken
    },
  }
}
