import { linkless } from '../../../platform/holds-link.ts'
import { spacedCode } from '../../../platform/ids.ts'
import type { Documents } from '../channels.ts'
import type { Facts } from '../queries.ts'
import type { Letter, Part } from './letter.ts'
import { invoicePart, pickupParts, ticketsPart } from './paper-parts.ts'
import { about, amountOf, eventRows, hello, linesOf, type Say } from './words.ts'

export function orderPaid(facts: Facts, say: Say, documents: Documents): Letter {
  const { order } = facts
  // The code first: behind a long name its halves would stand on two lines.
  const tickets = order.tickets.map((ticket) => {
    const about = [
      ticket.ticketCategory.name,
      ticket.schedule?.name,
      linkless(ticket.attendeeName ?? ''),
    ].filter(Boolean)
    return `${spacedCode(ticket.code)} – ${about.join(', ')}`
  })
  const gate: Part[] = [
    say(
      'Tiket Anda terlampir. Tunjukkan kode QR-nya di gerbang:',
      'Your tickets are attached. Show their QR codes at the gate:',
    ),
    { items: tickets },
    ...ticketsPart(documents, say),
  ]
  const received = say(
    `Pembayaran pesanan ${order.number} sebesar ${amountOf(facts, order.totalMinor)} sudah kami terima.`,
    `We have received ${amountOf(facts, order.totalMinor)} for order ${order.number}.`,
  )
  const free = say(`Pesanan ${order.number} sudah kami catat.`, `Order ${order.number} is yours.`)
  const rows = eventRows(facts, say)
  return {
    subject: say(
      `Pesanan ${order.number} lunas: ${about(facts)}`,
      `Order ${order.number} is paid: ${about(facts)}`,
    ),
    parts: [
      hello(facts, say),
      order.totalMinor > 0n ? received : free,
      ...(rows.length > 0 ? [{ rows }] : []),
      linesOf(facts),
      ...(tickets.length > 0 ? gate : []),
      ...(documents.pickup ? pickupParts(facts, documents.pickup, say) : []),
      ...invoicePart(documents, say),
      ...(rows.length > 0 ? [say('Sampai jumpa!', 'See you there!')] : []),
    ],
  }
}

export function orderExpired(facts: Facts, say: Say): Letter {
  const { order } = facts
  return {
    subject: say(
      `Pesanan ${order.number} kedaluwarsa: ${about(facts)}`,
      `Order ${order.number} has expired: ${about(facts)}`,
    ),
    parts: [
      hello(facts, say),
      say(
        `Pesanan ${order.number} tidak dibayar tepat waktu, jadi sudah kami batalkan.`,
        `Order ${order.number} was not paid in time, so it has expired.`,
      ),
      linesOf(facts),
      say(
        'Jangan membayar dengan kode yang lama. Bila Anda terlanjur membayar, pesanan dihidupkan lagi selama masih ada, dan bila tidak, dana Anda kembali.',
        'Please do not pay by the old code. If you have just paid, you get what you ordered if it is still there, else your money back.',
      ),
    ],
  }
}

export function orderRefunded(facts: Facts, say: Say, documents: Documents): Letter {
  const { order, refund } = facts
  const amount = amountOf(facts, refund?.amountMinor ?? 0n)
  return {
    subject: say(
      `Dana pesanan ${order.number} dikembalikan: ${about(facts)}`,
      `Money back for order ${order.number}: ${about(facts)}`,
    ),
    parts: [
      hello(facts, say),
      say(
        `${amount} untuk pesanan ${order.number} dikembalikan.`,
        `${amount} for order ${order.number} goes back to you.`,
      ),
      // Why staff give back is written for staff.
      ...(refund?.cause === 'UNPLACED'
        ? [
            say(
              'Pembayaran itu datang ketika pesanan sudah berakhir atau sudah dibayar.',
              'That payment came when the order had ended or was paid already.',
            ),
          ]
        : []),
      // Staff have paid it by hand.
      refund?.reference
        ? say(
            'Penyelenggara mengirimnya ke rekening bank Anda.',
            'The organizer sends it to your bank account.',
          )
        : say(
            'Dana kembali ke rekening atau dompet yang Anda pakai membayar; bisa makan beberapa hari.',
            'It returns to the account or wallet that you paid from, which may take some days.',
          ),
      ...invoicePart(documents, say),
    ],
  }
}
