/** The languages of what buyers read. */
export type Locale = 'id' | 'en'

// `in` is how Java once wrote Indonesian; who reads Malay reads it too.
const INDONESIAN = new Set(['id', 'in', 'ms', '*'])

/**
 * The language of a page: as the address asks, else the best of Accept-Language, else Indonesian. Who asks for neither
 * language gets English.
 */
export function localeOf(asked: string | null, acceptLanguage: string | undefined): Locale {
  if (asked === 'id' || asked === 'en') return asked
  const [best] = (acceptLanguage ?? '')
    .split(',', 20)
    .map((range) => /^\s*([a-z]{1,8}|\*)(?:-[\w-]*)?\s*(?:;\s*q=([\d.]{1,5}))?\s*$/i.exec(range))
    .flatMap((match) => (match ? [{ tag: (match[1] ?? '').toLowerCase(), q: Number(match[2] ?? 1) }] : []))
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  return !best || INDONESIAN.has(best.tag) ? 'id' : 'en'
}

const tags = { id: 'id-ID', en: 'en-GB' } as const

const partOf = (time: Date, timeZone: string): string | undefined =>
  // In Indonesian, because only there the country's zones have their names: WIB, WITA, WIT.
  new Intl.DateTimeFormat('id-ID', { timeZone, timeZoneName: 'short' })
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value

/** `Sabtu, 5 Desember 2026`. */
const dateText = (locale: Locale, time: Date, timeZone: string): string =>
  new Intl.DateTimeFormat(tags[locale], {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(time)

const hours = (locale: Locale, time: Date, timeZone: string): string =>
  new Intl.DateTimeFormat(tags[locale], {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(time)

// An evening that ends after midnight is one evening.
const ONE_EVENING_MS = 12 * 3_600_000

/** `Sabtu, 5 Desember 2026, 19.30–22.00 WIB`; what lasts for days ends with its last day instead of an hour. */
export function whenText(locale: Locale, from: Date, to: Date, timeZone: string): string {
  const zone = partOf(from, timeZone) ?? timeZone
  const start = `${dateText(locale, from, timeZone)}, ${hours(locale, from, timeZone)}`
  if (to.getTime() - from.getTime() <= ONE_EVENING_MS)
    return `${start}–${hours(locale, to, timeZone)} ${zone}`
  const [first, last] = [dateText(locale, from, timeZone), dateText(locale, to, timeZone)]
  return `${start} ${zone}${first === last ? '' : ` – ${last}`}`
}

/** `21 November 2026 19.30 WIB`. */
export function momentText(locale: Locale, time: Date, timeZone: string): string {
  const day = new Intl.DateTimeFormat(tags[locale], {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(time)
  return `${day} ${hours(locale, time, timeZone)} ${partOf(time, timeZone) ?? timeZone}`
}
