// A kept HTTP/1.1 connection with one request at a time. General load generators need a whole core for 40,000 answers a
// second, and the bare server that they would measure gives 65,000: the limit would be the generator's.
import { connect } from 'node:net'

export interface Answer {
  readonly status: number
  /** Seconds, from Retry-After; null without it. */
  readonly retryAfter: number | null
  /** The server ends the connection with this answer. */
  readonly isLast: boolean
  readonly body: Buffer
}

export interface Connection {
  /** Sends a whole request and resolves to its answer, whatever it says. Throws when the connection breaks. */
  exchange(request: Buffer | string): Promise<Answer>
  /** The whole body. Throws when the answer is not 200. */
  ask(request: Buffer | string): Promise<Buffer>
  /** False once the server has ended it. */
  isOpen(): boolean
  close(): void
}

interface Asked {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

interface Head {
  readonly status: number
  readonly retryAfter: number | null
  readonly isLast: boolean
  /** Of the body. */
  readonly start: number
  readonly length: number
}

const LENGTH = /^content-length: *(\d+)/im
const CLOSE = /^connection: *close\r?$/im
const RETRY_AFTER = /^retry-after: *(\d+)/im

/** Null until the head is complete. */
function readHead(bytes: Buffer): Head | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const length = LENGTH.exec(head)?.[1]
  if (length === undefined) throw new Error(`The answer has no Content-Length:\n${head}`)
  // "HTTP/1.1 200 OK"
  const status = Number(head.slice(9, 12))
  const after = status === 200 ? null : RETRY_AFTER.exec(head)
  return {
    status,
    retryAfter: after ? Number(after[1]) : null,
    isLast: CLOSE.test(head),
    start: end + 4,
    length: Number(length),
  }
}

/** Connects to a loopback port. */
export async function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  let asked: Asked | null = null
  let parts: Buffer[] = []
  let head: Head | null = null
  let received = 0

  const fail = (error: Error) => {
    asked?.reject(error)
    asked = null
    socket.destroy()
  }
  socket.on('data', (chunk) => {
    parts.push(chunk)
    received += chunk.length
    try {
      head ??= readHead(parts.length === 1 ? chunk : Buffer.concat(parts))
    } catch (error) {
      return fail(error instanceof Error ? error : new Error(String(error)))
    }
    if (!head || received < head.start + head.length) return
    const whole = parts.length === 1 ? chunk : Buffer.concat(parts)
    const { status, retryAfter, isLast, start } = head
    const answered = asked
    asked = null
    parts = []
    head = null
    received = 0
    answered?.resolve({ status, retryAfter, isLast, body: whole.subarray(start) })
  })
  socket.on('close', () => fail(new Error('The server closed the connection.')))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', fail)
  const exchange = (request: Buffer | string) =>
    new Promise<Answer>((resolve, reject) => {
      if (socket.destroyed) return reject(new Error('The connection is closed.'))
      asked = { resolve, reject }
      socket.write(request)
    })
  return {
    exchange,
    async ask(request) {
      const { status, body } = await exchange(request)
      if (status !== 200)
        throw new Error(`The answer is not 200 but ${status}:\n${body.toString('utf8', 0, 600)}`)
      return body
    },
    isOpen: () => socket.readyState === 'open',
    close: () => socket.destroy(),
  }
}
