import type { Fulfilment } from '../../generated/prisma/client.ts'
import { type Caller, callerKey, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { invalid, NotFound } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { lockOrder, type OrderView, orderById } from '../orders/queries.ts'
import { type Given, InputCheck } from '../organizers/input-check.ts'
import { requirePermission } from '../organizers/permissions.ts'
import { FulfilmentStateRefused } from './errors.ts'
import { canBecome } from './fulfilment-states.ts'
import { goodsOf, moveLines, requireMoney, type Step } from './move-lines.ts'

export interface FulfilOrderInput {
  readonly orderId: string
  readonly lineIds?: Given<readonly string[]>
  readonly step: Step['status']
  readonly carrier?: Given<string>
  readonly trackingNumber?: Given<string>
}

const MAX_LINE = 100

/**
 * Packs, ships or hands over lines of a paid order, each as a whole; the answer has how far all of them are. Throws
 * ValidationFailed, OrderStateRefused, FulfilmentStateRefused, NotFound and Forbidden; then nothing has moved.
 */
export async function fulfilOrder(
  deps: Deps,
  caller: Caller,
  input: FulfilOrderInput,
  idempotencyKey: string,
): Promise<Answer<OrderView>> {
  const { accountId, name } = requireAccount(caller)
  const claim = claimOf(callerKey(caller, ''), 'fulfilOrder', idempotencyKey, input)
  const orderId = parseId(input.orderId)
  const found =
    orderId &&
    (await deps.prisma.order.findUnique({ where: { id: orderId }, select: { id: true, organizerId: true } }))
  if (!found) throw new NotFound('Order')
  requirePermission(caller, found.organizerId, 'merchandise.fulfil', 'Order')
  const step = readStep(input)
  return idempotent(deps, claim, async (tx) => {
    const order = await lockOrder(tx, found.id)
    if (!order) throw new NotFound('Order')
    // A refund or a bank that takes the money back locks the order too: whoever comes second sees what the first did.
    requireMoney(order)
    const goods = await goodsOf(tx, order)
    await moveLines(deps, tx, order, linesToMove(goods, step, input.lineIds), step, { id: accountId, name })
    return viewOf(tx, order.id)
  })
}

function readStep({ step: status, carrier, trackingNumber }: FulfilOrderInput): Step {
  const check = new InputCheck()
  if (status !== 'SHIPPED') {
    if (carrier != null) check.refuse('carrier', 'Only what is shipped has a carrier.')
    if (trackingNumber != null) check.refuse('trackingNumber', 'Only what is shipped has a tracking number.')
    check.done()
    return { status }
  }
  const shipped = {
    status,
    carrier: check.line('carrier', carrier ?? '', MAX_LINE),
    trackingNumber: check.line('trackingNumber', trackingNumber ?? '', MAX_LINE),
  }
  check.done()
  return shipped
}

/** Those that have a way to go. Lines that are named must all be able to go it, or be there already. */
function linesToMove(goods: readonly Fulfilment[], step: Step, named: Given<readonly string[]>): string[] {
  const chosen = named == null ? goods : named.map((id, index) => lineNamed(goods, id, index))
  const [first] = chosen
  if (!first) throw invalid(['input', 'lineIds'], 'There is no merchandise to fulfil.')
  const isThere = (line: Fulfilment) => line.status === step.status && sameParcel(line, step)
  const moving = chosen.filter((line) => canBecome(line.status, step.status))
  const stuck = chosen.find((line) => !canBecome(line.status, step.status) && !isThere(line))
  // Without names it is the rest that is meant; where there is no rest, somebody is mistaken.
  if (stuck && (named != null || (moving.length === 0 && !chosen.some(isThere))))
    throw new FulfilmentStateRefused(stuck.id, stuck.status)
  return [...new Set(moving.map(({ id }) => id))]
}

function lineNamed(goods: readonly Fulfilment[], id: string, index: number): Fulfilment {
  const line = goods.find((one) => one.id === id.toLowerCase())
  if (!line)
    throw invalid(['input', 'lineIds', String(index)], 'No such merchandise is to be had of this order.')
  return line
}

/** Shipping again under another number is no repetition. */
const sameParcel = (line: Fulfilment, step: Step): boolean =>
  step.status !== 'SHIPPED' || (line.carrier === step.carrier && line.trackingNumber === step.trackingNumber)

async function viewOf(tx: Tx, orderId: string): Promise<OrderView> {
  const order = await orderById(tx, orderId)
  if (!order) throw new NotFound('Order')
  return { ...order, fulfilments: await tx.fulfilment.findMany({ where: { orderId } }) }
}
