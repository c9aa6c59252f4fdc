// How amounts and times are written to people.
import { type Money, toDecimal } from './money.ts'

/** The languages of what buyers read. */
export type Locale = 'id' | 'en'

const tags = { id: 'id-ID', en: 'en-GB' } as const

// To make one takes longer than to draw a line of text; there are as many as kinds of text and time zones.
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${tag} ${JSON.stringify(options)}`
  const format = formats.get(key) ?? new Intl.DateTimeFormat(tag, options)
  formats.set(key, format)
  return format
}

/** The time zone of what has no event. */
export const HOME = 'Asia/Jakarta'

/** `Rp 150.000` and `Rp 150.000,50` in Indonesian, `IDR 150,000` in English. Exact: no number is made of it. */
export function amountText(amount: Money, locale: Locale): string {
  const [whole = '', fraction = ''] = toDecimal(amount).split('.')
  const [thousands, point] = locale === 'id' ? ['.', ','] : [',', '.']
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands)
  const cents = /[1-9]/.test(fraction) ? point + fraction : ''
  const sign = locale === 'id' && amount.currencyCode === 'IDR' ? 'Rp' : amount.currencyCode
  return `${sign} ${grouped}${cents}`
}

/**
 * What a zone is called at that time: `WIB`, `WITA`, `WIT`, else mostly its distance from UTC, `GMT+1`. The same in both
 * languages, and the only place that names a zone: a mail and a page that differ would look like two times.
 */
export const zoneLabel = (time: Date, timeZone: string): string =>
  // In Indonesian, because only there the country's zones have their names.
  formatOf('id-ID', { timeZone, timeZoneName: 'short' })
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone

/** `Sabtu, 21 November 2026 pukul 20.00 WIB`: where there is no event, as Jakarta's clocks say. */
export function timeText(time: Date, timeZone: string | null | undefined, locale: Locale): string {
  const zone = timeZone ?? HOME
  const text = formatOf(tags[locale], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(time)
  return `${text} ${zoneLabel(time, zone)}`
}

/** `Sabtu, 5 Desember 2026`. */
const dateText = (locale: Locale, time: Date, timeZone: string): string =>
  formatOf(tags[locale], {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(time)

const hours = (locale: Locale, time: Date, timeZone: string): string =>
  formatOf(tags[locale], {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(time)

// An evening that ends after midnight is one evening.
const ONE_EVENING_MS = 12 * 3_600_000

/**
 * `Sabtu, 5 Desember 2026, 19.30–22.00 WIB`; in a night in which the clocks change `22.00 GMT+2 – 02.30 GMT+1`; what lasts for
 * days ends with its last day instead of an hour. For every place that shows from when to when something is.
 */
export function whenText(locale: Locale, from: Date, to: Date, timeZone: string): string {
  const zone = zoneLabel(from, timeZone)
  const start = `${dateText(locale, from, timeZone)}, ${hours(locale, from, timeZone)}`
  if (to.getTime() - from.getTime() <= ONE_EVENING_MS) {
    const [end, endZone] = [hours(locale, to, timeZone), zoneLabel(to, timeZone)]
    return endZone === zone ? `${start}–${end} ${zone}` : `${start} ${zone} – ${end} ${endZone}`
  }
  const [first, last] = [dateText(locale, from, timeZone), dateText(locale, to, timeZone)]
  return `${start} ${zone}${first === last ? '' : ` – ${last}`}`
}

/** `21 November 2026 19.30 WIB`. */
export function momentText(locale: Locale, time: Date, timeZone: string): string {
  const day = formatOf(tags[locale], {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(time)
  return `${day} ${hours(locale, time, timeZone)} ${zoneLabel(time, timeZone)}`
}
