// The provider: signed notifications over kept connections, and each must be taken at the first time.
import { type Connection, open } from '../connection.ts'
import { serveWork } from '../work.ts'
import { type Settled, type Settling, settleAll } from './work.ts'

interface SettlingOver extends Settling {
  readonly port: number
}

serveWork(async (work: SettlingOver): Promise<Settled> => {
  const connections: Connection[] = []
  for (let seat = 0; seat < work.atOnce; seat += 1) connections.push(await open(work.port))
  const head = [
    'POST /webhooks/midtrans HTTP/1.1',
    `Host: 127.0.0.1:${work.port}`,
    'Accept: application/json',
    'Content-Type: application/json',
  ].join('\r\n')
  try {
    return await settleAll(work, async ({ body }, seat) => {
      const request = `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
      await connections[seat]?.ask(request)
    })
  } finally {
    for (const connection of connections) connection.close()
  }
})
