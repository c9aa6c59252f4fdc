// An SMTP server (RFC 5321) that takes every mail and keeps none. It counts them and can say what arrived.
import { createServer } from 'node:net'

const RECIPIENT = /^RCPT TO:<([^>]+)>/
// Longer than what ends a mail and than what tells an attachment: both may be cut in two by the network.
const TAIL = 32

export interface Arrived {
  /** The last one's address, in lower case. */
  readonly recipient: string
  readonly hasPdf: boolean
}

export interface MailSink {
  readonly url: string
  mails(): number
  close(): Promise<void>
}

/** `onMail` is called once per mail. */
export async function startMailSink(onMail: (mail: Arrived) => void = () => undefined): Promise<MailSink> {
  let mails = 0
  const server = createServer((socket) => {
    let inData = false
    let rest = ''
    let recipient = ''
    let hasPdf = false
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 sink')
    socket.setEncoding('latin1')
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: string) => {
      rest += chunk
      for (;;) {
        const mark = inData ? '\r\n.\r\n' : '\r\n'
        const end = rest.indexOf(mark)
        if (inData && rest.includes('Content-Type: application/pdf')) hasPdf = true
        if (end < 0) {
          if (inData) rest = rest.slice(-TAIL)
          return
        }
        const line = rest.slice(0, end).toUpperCase()
        rest = rest.slice(end + mark.length)
        if (inData) {
          inData = false
          mails += 1
          onMail({ recipient, hasPdf })
          hasPdf = false
          say('250 taken')
        } else if (line === 'DATA') {
          inData = true
          say('354 go on')
        } else if (line === 'QUIT') {
          say('221 bye')
          socket.end()
        } else {
          recipient = RECIPIENT.exec(line)?.[1]?.toLowerCase() ?? recipient
          say('250 sink')
        }
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: () => mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
