import { randomUUID } from 'node:crypto'
import type { Bought } from './buy.ts'
import type { DemoClient, Json } from './client.ts'

const REFUND = `mutation Refund($input: RefundOrderInput!, $idempotencyKey: String!) {
  refundOrder(input: $input, idempotencyKey: $idempotencyKey) {
    __typename
    ... on Order { status refunds { id status amount { amount currencyCode } } }
    ... on Error { code message }
  }
}`
const ORDER = `query RefundedOrder($id: ID!) {
  order(id: $id) { status payment { status } refunds { id status succeededAt } tickets { id status } }
}`

/** Staff give one of two tickets back. Answers the ticket that is no longer good, and the amount. */
export async function refundOne(
  client: DemoClient,
  { id, accessToken }: Bought,
  token: string,
): Promise<{ ticketId: string; amount: string }> {
  const { step, check, call, ask, until } = client
  step('Staff refund one of the two tickets')
  const { lines } = (await call('OrderDetail', { id, accessToken })).data['order']
  const line = lines.find((one: Json) => one.kind === 'TICKET')
  const input = { orderId: id, reason: 'Budi is ill', lines: [{ lineId: line.id, quantity: 1 }] }
  const asked = { input, idempotencyKey: randomUUID() }
  const { refundOrder } = await ask('refundOrder', REFUND, asked, token)
  check('the order is refunded in part', refundOrder.status === 'PARTIALLY_REFUNDED')
  const [refund] = refundOrder.refunds
  check(`${refund.amount.amount} goes back: what the ticket cost`, sameAmount(refund, line))
  const twice = (await ask('refundOrder', REFUND, asked, token)).refundOrder
  check('a double click gives nothing back twice', twice.refunds.length === 1)

  step('A job asks the provider to pay it back')
  const after = await until('the refund is SUCCEEDED', async () => {
    const { order } = await ask('RefundedOrder', ORDER, { id }, token)
    return order.refunds[0].status === 'SUCCEEDED' ? order : null
  })
  check(`order ${after.status}, payment ${after.payment.status}`, after.status === after.payment.status)
  const revoked = after.tickets.filter((ticket: Json) => ticket.status === 'REVOKED')
  check('of the tickets one is revoked, not the one that came in', revoked.length === 1)
  return { ticketId: revoked[0].id, amount: refund.amount.amount }
}

const sameAmount = ({ amount }: Json, { unitPrice }: Json): boolean => amount.amount === unitPrice.amount
