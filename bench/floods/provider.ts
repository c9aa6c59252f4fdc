// The payment provider as a process of its own: the tests' Midtrans behind a limit of calls a second, as every provider has.
import { request as ask, createServer } from 'node:http'
import { type FakeMidtrans, startFakeMidtrans } from '../../test/setup/fake-midtrans.ts'
import { serveWork } from '../work.ts'

/** The first message starts it. */
export interface Told {
  readonly serverKey: string
  /** A payment that its buyer pays now; null: none. */
  readonly paid: string | null
}

export interface Said {
  readonly url: string
  /** What the provider tells of the payment; null when none was paid. */
  readonly notification: string | null
  /** Calls that were answered 429 so far. */
  readonly refused: number
}

const CALLS_A_SECOND = 50

let provider: FakeMidtrans | undefined
let url = ''
let refused = 0
let second = 0
let calls = 0

async function listen(target: URL): Promise<string> {
  const server = createServer((request, response) => {
    const now = Math.floor(performance.now() / 1_000)
    if (now !== second) [second, calls] = [now, 0]
    calls += 1
    if (calls > CALLS_A_SECOND) {
      refused += 1
      request.resume()
      response.writeHead(429, { 'Content-Type': 'application/json', 'Retry-After': '1' })
      response.end('{"status_code":"429","status_message":"Too many requests"}')
      return
    }
    const { method, url: path, headers } = request
    const onward = ask({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

serveWork(async ({ serverKey, paid }: Told): Promise<Said> => {
  if (!provider) {
    provider = await startFakeMidtrans(serverKey)
    url = await listen(new URL(provider.url))
  }
  if (paid) provider.become(paid, 'settlement')
  return { url, notification: paid ? provider.notice(paid) : null, refused }
})
