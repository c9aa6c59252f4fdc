import type { Locale } from '../../platform/locale.ts'

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
