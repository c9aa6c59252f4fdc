// A way to PostgreSQL that reads what passes, so that a connection can be cut at the moment of a COMMIT.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** On which side of PostgreSQL's COMMIT a connection ends. */
export type Cut = 'before COMMIT arrives' | 'after COMMIT, before its answer'

export interface PostgresWire {
  readonly port: number
  /** The next COMMIT, or the one after so many more, is the last that its connection sees. Resolves when it was cut. */
  cut(where: Cut, after?: number): Promise<void>
  /** Takes back a cut that has not come. */
  spare(): void
  /** New connections go to this port from now on. */
  leadTo(port: number): void
  /** Ends all connections there are, as a proxy does whose server is no primary any more. */
  drop(): void
  close(): void
}

export async function postgresWire(target: number): Promise<PostgresWire> {
  let port = target
  let armed: { where: Cut; after: number; done: () => void } | null = null
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const end = () => {
      near.destroy()
      far.destroy()
    }
    const cutsAt = (where: Cut): boolean => {
      if (armed?.where !== where || armed.after-- > 0) return false
      end()
      armed.done()
      armed = null
      return true
    }
    const commits = commitsAsked()
    forward(near, far, startup(), (message) => commits(message) && cutsAt('before COMMIT arrives'))
    forward(
      far,
      near,
      messages(),
      (message) => isCommitted(message) && cutsAt('after COMMIT, before its answer'),
    )
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay()
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        // What was said last, such as why the server ends a session, still arrives.
        other.end()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cut: (where, after = 0) =>
      new Promise((done) => {
        armed = { where, after, done }
      }),
    spare() {
      armed = null
    },
    leadTo(next) {
      port = next
    },
    drop() {
      for (const socket of sockets) socket.destroy()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

type Messages = (chunk: Buffer) => Buffer[]

/** Hands on message by message, until `stops` says that one is the last and is not to be handed on. */
function forward(from: Socket, to: Socket, split: Messages, stops: (message: Buffer) => boolean): void {
  from.on('data', (chunk: Buffer) => {
    const passing: Buffer[] = []
    for (const message of split(chunk)) {
      if (stops(message)) return
      passing.push(message)
    }
    to.write(Buffer.concat(passing))
  })
}

/** Cuts bytes into messages: a letter, four bytes of length, and so much less four. */
function messages(): Messages {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const found: Buffer[] = []
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const end = 1 + rest.readUInt32BE(1)
      found.push(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
    return found
  }
}

/** The same of what a client sends: its first message has no letter. */
function startup(): Messages {
  const later = messages()
  let first: Buffer | null = Buffer.alloc(0)
  return (chunk) => {
    if (!first) return later(chunk)
    first = Buffer.concat([first, chunk])
    if (first.length < 4 || first.length < first.readUInt32BE(0)) return []
    const end = first.readUInt32BE(0)
    const found = [first.subarray(0, end), ...later(first.subarray(end))]
    first = null
    return found
  }
}

/** Whether a message of the client runs COMMIT: by itself, or by the name under which it was prepared. */
function commitsAsked(): (message: Buffer) => boolean {
  const prepared = new Set<string>()
  return (message) => {
    const [kind, body] = [String.fromCharCode(message[0] ?? 0), message.toString('latin1', 5)]
    const [first = '', second = ''] = body.split('\0')
    if (kind === 'Q') return /^commit/i.test(first)
    if (kind === 'P') {
      if (/^commit/i.test(second)) prepared.add(first)
      else prepared.delete(first)
    }
    // Bind names the portal first, then the statement.
    return kind === 'B' && prepared.has(second)
  }
}

const isCommitted = (message: Buffer): boolean =>
  message.toString('latin1', 0, 1) === 'C' && message.toString('latin1', 5) === 'COMMIT\0'
