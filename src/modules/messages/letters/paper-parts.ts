// What a mail leads to, and what it says of goods to be picked up.
import type { Documents, Pickup } from '../channels.ts'
import type { Facts } from '../queries.ts'
import { type Part, webAddress } from './letter.ts'
import { momentOf, type Say } from './words.ts'

const linkPart = (link: string, address: string | null): Part[] => {
  const url = webAddress(address)
  return url ? [{ link, url }] : []
}

export const invoicePart = ({ invoiceUrl }: Documents, say: Say): Part[] =>
  linkPart(say('Buka faktur', 'Open the invoice'), invoiceUrl)

export const ticketsPart = ({ pageUrl }: Documents, say: Say): Part[] =>
  linkPart(say('Buka tiket', 'Open the tickets'), pageUrl)

/** What to show for which goods, where and when. Goods that are of no event are given out where their organizer says. */
export function pickupParts(facts: Facts, { picture, items }: Pickup, say: Say): Part[] {
  const { event, organizer, number } = facts.order
  const place = event ? [event.venue, event.city].filter(Boolean).join(', ') : ''
  const where = event
    ? say(
        `Ambil di stan merchandise${place ? ` di ${place}` : ''}, selama acara mulai ${momentOf(facts, event.startsAt)}.`,
        `Pick them up at the merchandise booth${place ? ` at ${place}` : ''}, during the event from ${momentOf(facts, event.startsAt)} on.`,
      )
    : say(
        `${organizer.name} memberi tahu tempat dan waktu pengambilan.`,
        `${organizer.name} tells you where and when to pick them up.`,
      )
  return [
    say('Barang yang diambil:', 'Goods to pick up:'),
    { items },
    where,
    say(
      `Tunjukkan kode QR ini dan nomor pesanan ${number}. Siapa pun yang memegang kode ini dapat mengambil barangnya.`,
      `Show this QR code and the order number ${number}. Whoever holds this code can pick the goods up.`,
    ),
    {
      picture: picture.cid ?? '',
      says: say('Kode QR untuk mengambil barang', 'QR code to pick up the goods'),
    },
  ]
}
