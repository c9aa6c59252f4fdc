/** An exact amount: integer minor units with its ISO 4217 currency. */
export interface Money {
  readonly minor: bigint
  readonly currencyCode: string
}

// The currencies whose minor digits differ from two in ISO 4217. Intl follows CLDR instead, where IDR has none.
const DIGITS: ReadonlyMap<string, number> = new Map([
  ...digits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...digits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...digits(4, 'CLF UYW'),
])
// People pay whole rupiah, and providers take no sen, although ISO 4217 knows it.
const PAID_WHOLE: ReadonlySet<string> = new Set(['IDR'])
const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d{1,8}))?$/

export const money = (minor: bigint, currencyCode: string): Money => ({ minor, currencyCode })

const digitsOf = (currencyCode: string): number => DIGITS.get(currencyCode) ?? 2

function digits(count: number, codes: string): [string, number][] {
  return codes.split(' ').map((code) => [code, count])
}

/** The smallest amount that can be paid, in minor units: Rp 1 are 100n, else a minor unit. */
export const payableUnit = (currencyCode: string): bigint =>
  PAID_WHOLE.has(currencyCode) ? 10n ** BigInt(digitsOf(currencyCode)) : 1n

/** `minor` × `part` / `whole` in what can be paid, half up; none of the three is negative. The only way an amount is rounded. */
export function payableShare(minor: bigint, part: bigint, whole: bigint, currencyCode: string): bigint {
  const unit = payableUnit(currencyCode)
  return ((2n * minor * part + whole * unit) / (2n * whole * unit)) * unit
}

/** `{ minor: 15000000n, 'IDR' }` → `"150000.00"`. */
export function toDecimal({ minor, currencyCode }: Money): string {
  const places = digitsOf(currencyCode)
  const sign = minor < 0n ? '-' : ''
  const text = (minor < 0n ? -minor : minor).toString().padStart(places + 1, '0')
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`
}

/**
 * A machine's amount: `"150000"` or `"150000.00"` → minor units; null when it is no decimal or finer than the currency. What
 * people type goes through parseAmount.
 */
export function parseDecimal(text: string, currencyCode: string): bigint | null {
  const match = DECIMAL.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = ''] = match
  const places = digitsOf(currencyCode)
  if (/[^0]/.test(fraction.slice(places))) return null
  const minor = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'))
  return sign ? -minor : minor
}

/** Whether a client means this amount: as we write it, or as people type it. */
export function isAmount(text: string, amount: Money): boolean {
  if (text === toDecimal(amount)) return true
  const parsed = parseAmount(text, amount.currencyCode, { most: amount.minor })
  return 'minor' in parsed && parsed.minor === amount.minor
}

/** What a currency allows for a price: 10^12 minor units. */
export const MAX_PRICE_MINOR = 10n ** 12n

export interface AmountRules {
  /** In minor units; 0 unless told. */
  readonly least?: bigint
  /** In minor units; MAX_PRICE_MINOR unless told. */
  readonly most?: bigint
}

/**
 * An amount that somebody typed, in major units; or what is wrong with it, for people. More digits after the point than are
 * paid are a mistake, be they zeros: "75.000" is meant as 75,000. All digits of ISO 4217 are taken where none beyond what is
 * paid says anything, for so we write amounts ourselves: "75000.00".
 */
export function parseAmount(
  text: string,
  currencyCode: string,
  { least = 0n, most = MAX_PRICE_MINOR }: AmountRules = {},
): { readonly minor: bigint } | { readonly problem: string } {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? []
  if (whole === '') return { problem: 'Write digits, with nothing between thousands: 150000.' }
  if (sign) return { problem: 'The amount is negative.' }
  const digits = digitsOf(currencyCode)
  const paid = PAID_WHOLE.has(currencyCode) ? 0 : digits
  const isOurs = fraction.length === digits && /^0*$/.test(fraction.slice(paid))
  if (fraction.length > paid && !isOurs) return { problem: tooFine(whole, fraction, currencyCode, paid) }
  const minor = BigInt(whole + fraction.padEnd(digits, '0'))
  const bound = (limit: bigint) => `${currencyCode} ${toDecimal(money(limit, currencyCode))}`
  if (minor < least)
    return {
      problem:
        least === payableUnit(currencyCode)
          ? 'The amount is more than nothing.'
          : `The amount is at least ${bound(least)}.`,
    }
  if (minor > most) return { problem: `The amount is too large: at most ${bound(most)}.` }
  return { minor }
}

function tooFine(whole: string, fraction: string, currencyCode: string, paid: number): string {
  const rule =
    paid === 0
      ? `${currencyCode} is paid in whole units, without digits after a point.`
      : `${currencyCode} has at most ${paid} digits after the point.`
  return fraction.length === 3 ? `${rule} If thousands are meant, write ${whole}${fraction}.` : rule
}
