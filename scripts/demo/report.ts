import type { DemoClient, Json } from './client.ts'

const SUMS = ['captured', 'refunded', 'owed', 'fees', 'net'] as const
const REPORT = `query Settlement($eventId: ID!) {
  settlementReport(eventId: $eventId) {
    totals { currencyCode ${SUMS.map((sum) => `${sum} { amount }`).join(' ')} }
    byMethod { method captured { amount } net { amount } }
  }
}`

/** What the event has taken in, out of the ledger. */
export async function settlement(
  { step, check, ask }: DemoClient,
  eventId: string,
  token: string,
  refunded: string,
): Promise<void> {
  step('The owner reads what the event has taken in')
  const { settlementReport } = await ask('settlementReport', REPORT, { eventId }, token)
  const [total] = settlementReport.totals
  const of = (sum: (typeof SUMS)[number]) => Number(total[sum].amount)
  for (const sum of SUMS)
    console.log(`    ${sum.padEnd(9)}${total[sum].amount.padStart(14)} ${total.currencyCode}`)
  check(
    'net = captured − refunded − owed − fees',
    of('net') === of('captured') - of('refunded') - of('owed') - of('fees'),
  )
  check('our refund is in it', of('refunded') >= Number(refunded))
  check(
    'QRIS has a line of its own',
    settlementReport.byMethod.some((one: Json) => one.method === 'QRIS'),
  )
}
