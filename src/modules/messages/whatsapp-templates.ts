// Which template says what. They are approved at Meta once, in both languages, with these parameters in this order:
// docs/whatsapp-contract.md has their words.
import type { MessageCause } from '../../generated/prisma/enums.ts'
import { linkless } from '../../platform/holds-link.ts'
import { changedRows } from './letters/changed-rows.ts'
import { shortInstructions } from './letters/order-placed.ts'
import { amountOf, eventRows, momentOf, sayIn } from './letters/words.ts'
import type { Facts } from './queries.ts'
import type { TemplateMessage } from './whatsapp.ts'

const PARAMETERS: Readonly<Record<MessageCause, (facts: Facts) => string[]>> = {
  ORDER_PLACED: (facts) => [
    amountOf(facts, facts.payment?.amountMinor ?? 0n),
    shortInstructions(facts, sayIn(facts.order.locale)),
    facts.payment ? momentOf(facts, facts.payment.expiresAt) : '',
  ],
  ORDER_PAID: () => [],
  ORDER_EXPIRED: () => [],
  ORDER_REFUNDED: (facts) => [amountOf(facts, facts.refund?.amountMinor ?? 0n)],
  EVENT_CHANGED: (facts) => [titleOf(facts), changesOf(facts)],
  EVENT_CANCELLED: (facts) => [titleOf(facts)],
}

/** What is sent for a cause: name and order number first, in every template. */
export const whatsappText = (cause: MessageCause, facts: Facts): TemplateMessage => ({
  to: facts.order.buyerPhone ?? '',
  template: `karcis_${cause.toLowerCase()}`,
  language: facts.order.locale,
  parameters: [linkless(facts.order.buyerName), facts.order.number, ...PARAMETERS[cause](facts)].map(oneLine),
})

/** What was and is; for a change that kept nothing of before, what is. */
function changesOf(facts: Facts): string {
  const say = sayIn(facts.order.locale)
  const changed = changedRows(facts, say).map(([name, value]) => `${name}: ${value}`)
  const now = eventRows(facts, say).slice(1)
  return changed.length > 0 ? changed.join('; ') : now.map(([, value]) => value).join(', ')
}

const titleOf = ({ order }: Facts): string => order.event?.title ?? ''

// A parameter with a line break, a tab or more than four spaces is refused, and so is an empty one.
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 500) || '-'
