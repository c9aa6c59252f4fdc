// A mail server on a loopback port, which keeps what it gets, and fails when told to.
import type { Socket } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

export type MailFault =
  /** 451 in place of 250: not now. */
  | 'busy'
  /** 550 for the recipient: never. */
  | 'refuse'
  /** Says nothing any more once it has the mail, and keeps nothing. */
  | 'hang'
  /** Keeps the mail and breaks the connection before its 250. */
  | 'lose'
  /** Keeps the mail and says nothing any more. */
  | 'mute'
  /** Keeps the mail and takes a while to say so. */
  | 'slow'

export interface FakeSmtp {
  readonly url: string
  /** All that was kept, copies included. */
  readonly mails: readonly Email[]
  /** Without the copies, as a mailbox shows them that knows a Message-ID. */
  distinct(): Email[]
  forget(): void
  /** How many mails have met `hang`. */
  unanswered(): number
  /** What happens to the next mail to this address. All else goes well. */
  next(fault: MailFault, address: string): void
  /** Connections are refused from now on. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

// Longer than it takes others to come and look.
const SLOW_MS = 150

export async function startFakeSmtp(): Promise<FakeSmtp> {
  const mails: Email[] = []
  const faults = new Map<string, MailFault>()
  const sockets = new Map<number, Socket>()
  let port = 0
  let unanswered = 0
  let server: SMTPServer | null = null

  const open = () =>
    new Promise<void>((resolve, reject) => {
      const made = new SMTPServer({
        authOptional: true,
        disabledCommands: ['STARTTLS'],
        closeTimeout: 50,
        onRcptTo({ address }, _session, done) {
          if (faults.get(address) !== 'refuse') return done()
          faults.delete(address)
          done(Object.assign(new Error('No such mailbox'), { responseCode: 550 }))
        },
        onData(stream, session, done) {
          const chunks: Buffer[] = []
          stream.on('data', (chunk: Buffer) => chunks.push(chunk))
          stream.on('end', async () => {
            const address = session.envelope.rcptTo[0]?.address ?? ''
            const fault = faults.get(address)
            faults.delete(address)
            if (fault === 'hang') {
              unanswered += 1
              return
            }
            if (fault === 'busy')
              return done(Object.assign(new Error('Try again later'), { responseCode: 451 }))
            mails.push(await PostalMime.parse(Buffer.concat(chunks)))
            if (fault === 'mute') return
            if (fault === 'slow') setTimeout(done, SLOW_MS)
            else if (fault === 'lose') sockets.get(session.remotePort)?.destroy()
            else done()
          })
        },
      })
      made.on('error', () => undefined)
      made.server.on('connection', (socket) => sockets.set(socket.remotePort ?? 0, socket))
      made.listen(port, '127.0.0.1', () => {
        const address = made.server.address()
        port = typeof address === 'object' && address ? address.port : 0
        server = made
        resolve()
      })
      made.server.once('error', reject)
    })
  const shut = () =>
    new Promise<void>((resolve) => {
      const made = server
      server = null
      for (const socket of sockets.values()) socket.destroy()
      sockets.clear()
      if (made) made.close(() => resolve())
      else resolve()
    })
  await open()
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    distinct: () => [...new Map(mails.map((mail) => [mail.messageId, mail])).values()],
    unanswered: () => unanswered,
    forget: () => void mails.splice(0),
    next: (fault, address) => void faults.set(address, fault),
    down: shut,
    up: open,
    close: shut,
  }
}
