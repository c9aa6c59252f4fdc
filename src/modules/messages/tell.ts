import type { MessageCause } from '../../generated/prisma/enums.ts'
import { newId } from '../../platform/ids.ts'
import { channelsTo, type MessageDeps, type SentFor } from './channels.ts'
import { sendMessage } from './send-message.ts'

/** One thing that a buyer is told. */
export interface Cause {
  readonly cause: MessageCause
  /** Of what caused it: two messages of one kind and one id are the same message. */
  readonly causeId: string
  readonly orderId: string
}

/**
 * Tells the buyer of an order, once, however often and by however many this is called. The unique key of the rows is what
 * makes it once: each call finds the same rows, and sends those that are not sent.
 */
export async function tell(deps: MessageDeps, cause: Cause, sentFor: SentFor): Promise<void> {
  const order = await deps.prisma.order.findUnique({
    where: { id: cause.orderId },
    select: { whatsapp: true },
  })
  if (!order) return
  const createdAt = deps.clock.now()
  const data = channelsTo(deps, order).map((channel) => ({ id: newId(), ...cause, channel, createdAt }))
  const select = { id: true }
  const made = await deps.prisma.message.createManyAndReturn({ data, skipDuplicates: true, select })
  // Else an earlier run has made some, or one beside this.
  const isFirst = made.length === data.length
  const queued = isFirst
    ? made
    : await deps.prisma.message.findMany({ where: { ...cause, state: 'QUEUED' }, select })
  for (const { id } of queued) await sendMessage(deps, id, sentFor)
}
