import type { Documents } from '../channels.ts'
import type { Facts } from '../queries.ts'
import { changedRows } from './changed-rows.ts'
import type { Letter } from './letter.ts'
import { ticketsPart } from './paper-parts.ts'
import { eventRows, hello, linesOf, type Say } from './words.ts'

export function eventChanged(facts: Facts, say: Say, documents: Documents): Letter {
  const { order } = facts
  const title = order.event?.title ?? ''
  const rows = changedRows(facts, say)
  return {
    subject: say(`Perubahan acara: ${title}`, `Changed: ${title}`),
    parts: [
      hello(facts, say),
      say(
        `Ada perubahan pada acara untuk pesanan ${order.number}.`,
        `The event of your order ${order.number} has changed.`,
      ),
      ...(rows.length > 0 ? [{ rows }] : []),
      say('Yang berlaku sekarang:', 'This is how it stands now:'),
      { rows: eventRows(facts, say) },
      say('Tiket Anda tetap berlaku.', 'Your tickets stay valid.'),
      ...ticketsPart(documents, say),
    ],
  }
}

export function eventCancelled(facts: Facts, say: Say): Letter {
  const { order } = facts
  const title = order.event?.title ?? ''
  return {
    subject: say(`Acara batal: ${title}`, `Cancelled: ${title}`),
    parts: [
      hello(facts, say),
      say(
        `Acara untuk pesanan ${order.number} dibatalkan oleh penyelenggara.`,
        `The organizer has cancelled the event of your order ${order.number}.`,
      ),
      { rows: eventRows(facts, say) },
      linesOf(facts),
      say(
        'Bila dana Anda dikembalikan, kami mengabari Anda dengan surel tersendiri.',
        'When your money goes back to you, we tell you in a mail of its own.',
      ),
    ],
  }
}
