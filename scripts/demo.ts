// npm run demo: a buyer, a gate, a booth and the office on the running server, over HTTP as their programs speak it.
import './dot-env.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pickUp } from './demo/booth.ts'
import { browse, order, pay, stockFell } from './demo/buy.ts'
import { createDemoClient, type Json } from './demo/client.ts'
import { admit, openGate } from './demo/gate.ts'
import { paidMail, refundMail } from './demo/mail.ts'
import { papers } from './demo/papers.ts'
import { refundOne } from './demo/refund.ts'
import { settlement } from './demo/report.ts'

/** KARCIS_URL, else where `npm start` of this checkout says it listens. */
async function serverUrl(): Promise<string> {
  if (process.env['KARCIS_URL']) return process.env['KARCIS_URL']
  try {
    const note = join(process.env['DATA_DIR'] || '.data', 'server.json')
    return JSON.parse(await readFile(note, 'utf8')).url
  } catch {
    throw new Error('No server is running here. Start one in another terminal: npm start')
  }
}

async function journey(url: string): Promise<void> {
  const client = await createDemoClient(url)
  const offer = await browse(client)
  const bought = await order(client, offer)
  const tickets = await pay(client, bought)
  await stockFell(client, offer)
  await paidMail(client, bought)
  await papers(client, bought)

  const scan = await openGate(client, offer)
  await admit(client, scan, tickets[0])
  client.step('The owner signs in')
  const owner = await client.login('owner@karcis.test', 'Login')
  await pickUp(client, bought, owner)

  const refund = await refundOne(client, bought, owner)
  client.step('The refunded ticket comes to the gate')
  const refused = await scan(tickets.find((ticket: Json) => ticket.id === refund.ticketId))
  client.check('refused', refused.__typename === 'TicketRevokedError')
  await refundMail(client, bought)
  await settlement(client, offer.event.id, owner, refund.amount)
}

try {
  await journey(await serverUrl())
  console.log('\nEvery step is green. Run it again: each run is another buyer.')
} catch (error) {
  const unreachable = error instanceof TypeError && error.message === 'fetch failed'
  const why = unreachable ? 'The server does not answer. Is it still running?' : error
  console.error(`\n${why instanceof Error ? why.message : why}`)
  process.exit(1)
}
