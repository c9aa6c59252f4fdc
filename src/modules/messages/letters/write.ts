import type { MessageCause } from '../../../generated/prisma/enums.ts'
import type { QrDrawer } from '../../../platform/drawn.ts'
import type { Attachment } from '../../../platform/mailer.ts'
import type { Documents } from '../channels.ts'
import type { Facts } from '../queries.ts'
import { eventCancelled, eventChanged } from './event-letters.ts'
import { htmlOf, type Letter, subjectLine, textOf } from './letter.ts'
import { orderExpired, orderPaid, orderRefunded } from './order-letters.ts'
import { orderPlaced, PAYMENT_QR } from './order-placed.ts'
import { type Say, sayIn } from './words.ts'

const LETTERS: Readonly<Record<MessageCause, (facts: Facts, say: Say, documents: Documents) => Letter>> = {
  ORDER_PLACED: orderPlaced,
  ORDER_PAID: orderPaid,
  ORDER_EXPIRED: orderExpired,
  ORDER_REFUNDED: orderRefunded,
  EVENT_CHANGED: eventChanged,
  EVENT_CANCELLED: eventCancelled,
}

export interface WrittenLetter {
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Pictures that the HTML shows. */
  readonly attachments: readonly Attachment[]
}

/** The letter for a cause, in the language of its order, with what it leads to. */
export async function write(
  cause: MessageCause,
  facts: Facts,
  documents: Documents,
  drawing: QrDrawer,
): Promise<WrittenLetter> {
  const { locale } = facts.order
  const letter = LETTERS[cause](facts, sayIn(locale), documents)
  return {
    subject: subjectLine(letter.subject),
    text: textOf(letter.parts),
    html: htmlOf(letter, locale),
    attachments: [
      ...(facts.payment?.qrString ? [await paymentQr(facts.payment.qrString, drawing)] : []),
      ...(documents.pickup ? [documents.pickup.picture] : []),
    ],
  }
}

const paymentQr = async (qrString: string, drawing: QrDrawer): Promise<Attachment> => ({
  filename: 'qr.png',
  contentType: 'image/png',
  cid: PAYMENT_QR,
  content: await drawing.qr(qrString, 'png', null).body(),
})
