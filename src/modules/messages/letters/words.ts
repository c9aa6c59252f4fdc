import type { Locale } from '../../../generated/prisma/enums.ts'
import { linkless } from '../../../platform/holds-link.ts'
import { amountText, timeText } from '../../../platform/locale.ts'
import { money } from '../../../platform/money.ts'
import type { Facts } from '../queries.ts'
import type { Part } from './letter.ts'

/** Says a thing in the language of the order: both stand side by side, so none is forgotten. */
export type Say = (indonesian: string, english: string) => string

export const sayIn =
  (locale: Locale): Say =>
  (indonesian, english) =>
    locale === 'id' ? indonesian : english

export const hello = ({ order }: Facts, say: Say): string =>
  `${[say('Halo', 'Hello'), linkless(order.buyerName)].filter(Boolean).join(' ')},`

/** By what a buyer knows an order: its event, else who sells. */
export const about = ({ order }: Facts): string => order.event?.title ?? order.organizer.name

export const amountOf = ({ order }: Facts, minor: bigint): string =>
  amountText(money(minor, order.currencyCode), order.locale)

export const momentOf = ({ order }: Facts, time: Date): string =>
  timeText(time, order.event?.timeZone, order.locale)

export const linesOf = ({ order }: Facts): Part => ({
  items: order.lines.map((line) => `${line.quantity} × ${line.name}`),
})

/** What, when and where; nothing for an order of merchandise alone. */
export function eventRows(facts: Facts, say: Say): [string, string][] {
  const { event } = facts.order
  if (!event) return []
  const place = [event.venue, event.city].filter(Boolean).join(', ')
  return [
    [say('Acara', 'Event'), event.title],
    [say('Waktu', 'Time'), momentOf(facts, event.startsAt)],
    ...(place ? [[say('Tempat', 'Place'), place] as [string, string]] : []),
  ]
}
