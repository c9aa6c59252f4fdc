// How amounts and times are written to people, by the language of their order.
import type { Locale } from '../../generated/prisma/enums.ts'
import { type Money, toDecimal } from '../../platform/money.ts'

const TAGS: Readonly<Record<Locale, string>> = { id: 'id-ID', en: 'en-GB' }
// Of orders without an event.
const HOME = 'Asia/Jakarta'

/** `Rp 150.000` and `Rp 150.000,50` in Indonesian, `IDR 150,000` in English. Exact: no number is made of it. */
export function amountText(amount: Money, locale: Locale): string {
  const [whole = '', fraction = ''] = toDecimal(amount).split('.')
  const [thousands, point] = locale === 'id' ? ['.', ','] : [',', '.']
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands)
  const cents = /[1-9]/.test(fraction) ? point + fraction : ''
  const sign = locale === 'id' && amount.currencyCode === 'IDR' ? 'Rp' : amount.currencyCode
  return `${sign} ${grouped}${cents}`
}

/** `Sabtu, 21 November 2026 pukul 20.00 WIB`: in the time zone of the event, which is where the buyer will be. */
export function timeText(time: Date, timeZone: string | null | undefined, locale: Locale): string {
  return new Intl.DateTimeFormat(TAGS[locale], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone: timeZone ?? HOME,
  }).format(time)
}
