// An SMTP server (RFC 5321) that takes every mail and keeps none, and counts them.
import { createServer } from 'node:net'

export interface MailSink {
  readonly url: string
  mails(): number
  close(): Promise<void>
}

export async function startMailSink(): Promise<MailSink> {
  let mails = 0
  const server = createServer((socket) => {
    let inData = false
    let rest = ''
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 sink')
    socket.setEncoding('latin1')
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: string) => {
      rest += chunk
      for (;;) {
        const mark = inData ? '\r\n.\r\n' : '\r\n'
        const end = rest.indexOf(mark)
        if (end < 0) {
          // Of a mail that is not whole only its end can matter.
          if (inData) rest = rest.slice(-4)
          return
        }
        const line = rest.slice(0, end).toUpperCase()
        rest = rest.slice(end + mark.length)
        if (inData) {
          inData = false
          mails += 1
          say('250 taken')
        } else if (line === 'DATA') {
          inData = true
          say('354 go on')
        } else if (line === 'QUIT') {
          say('221 bye')
          socket.end()
        } else say('250 sink')
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
