import { randomUUID } from 'node:crypto'
import type { Offer } from './buy.ts'
import type { DemoClient, Json } from './client.ts'

/** Shows a ticket at the gate, by its QR code or typed, and answers what the gate is told. */
export type Scan = (ticket: Json, typed?: string) => Promise<Json>

export async function openGate(client: DemoClient, { event, category }: Offer): Promise<Scan> {
  const { step, check, call, login } = client
  step('Gate staff sign in and choose a gate')
  const token = await login('gate@karcis.test')
  const { gates } = (await call('GateList', { eventId: event.id }, { token })).data
  const admits = (gate: Json) => gate.ticketCategories.some((one: Json) => one.id === category.id)
  const gate = gates.find(admits)
  check('a gate admits Reguler', Boolean(gate))
  return async (ticket, typed) => {
    const shown = typed === undefined ? { ticketToken: ticket.token } : { code: typed }
    const input = { ...shown, gateId: gate.id }
    return (await call('CheckIn', { input, idempotencyKey: randomUUID() }, { token })).data['checkIn']
  }
}

export async function admit({ step, check }: DemoClient, scan: Scan, ticket: Json): Promise<void> {
  step('A ticket with a broken screen: staff type its printed code')
  const typed = `${ticket.code.slice(0, 5)} ${ticket.code.slice(5)}`.toLowerCase()
  const first = await scan(ticket, typed)
  check(`${typed} is admitted`, first.__typename === 'CheckIn')

  step('A scan of the same ticket, by its QR code')
  const second = await scan(ticket)
  check('refused', second.__typename === 'TicketAlreadyUsedError')
  check(
    'and told when and where the first one was',
    second.firstCheckIn?.gate.name === first.gate.name && Boolean(second.firstCheckIn.scannedAt),
  )
}
