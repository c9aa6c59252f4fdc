import type { MessageDeps, SentFor } from '../messages/channels.ts'
import { tell } from '../messages/tell.ts'

/** Tells the buyer of a paid order so, with its tickets. Running again sends nothing again. */
export const sendTickets = (
  deps: MessageDeps,
  { orderId }: { orderId: string },
  sentFor: SentFor,
): Promise<void> => tell(deps, { cause: 'ORDER_PAID', causeId: orderId, orderId }, sentFor)
