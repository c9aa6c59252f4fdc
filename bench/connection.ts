// A kept HTTP/1.1 connection with one request at a time. General load generators need a whole core for 40,000 answers a
// second, and the bare server that they would measure gives 65,000: the limit would be the generator's.
import { connect } from 'node:net'

export interface Connection {
  /** Sends a whole request and resolves to the whole body. Throws when the answer is not 200. */
  ask(request: Buffer | string): Promise<Buffer>
  close(): void
}

interface Asked {
  readonly resolve: (body: Buffer) => void
  readonly reject: (error: Error) => void
}

const LENGTH = /^content-length: *(\d+)/im

/** The body's length and where it starts, once the head is complete. */
function readHead(bytes: Buffer): { start: number; length: number } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  if (!head.startsWith('HTTP/1.1 200 '))
    throw new Error(`The answer is not 200:\n${bytes.toString('latin1', 0, 600)}`)
  const length = LENGTH.exec(head)?.[1]
  if (length === undefined) throw new Error(`The answer has no Content-Length:\n${head}`)
  return { start: end + 4, length: Number(length) }
}

/** Connects to a loopback port. */
export async function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  let asked: Asked | null = null
  let parts: Buffer[] = []
  let head: ReturnType<typeof readHead> = null
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
    const body = whole.subarray(head.start)
    const answered = asked
    asked = null
    parts = []
    head = null
    received = 0
    answered?.resolve(body)
  })
  socket.on('close', () => fail(new Error('The server closed the connection.')))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', fail)
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        asked = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}
