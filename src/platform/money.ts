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
const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d{1,8}))?$/

export const money = (minor: bigint, currencyCode: string): Money => ({ minor, currencyCode })

const digitsOf = (currencyCode: string): number => DIGITS.get(currencyCode) ?? 2

function digits(count: number, codes: string): [string, number][] {
  return codes.split(' ').map((code) => [code, count])
}

/** `{ minor: 15000000n, 'IDR' }` → `"150000.00"`. */
export function toDecimal({ minor, currencyCode }: Money): string {
  const places = digitsOf(currencyCode)
  const sign = minor < 0n ? '-' : ''
  const text = (minor < 0n ? -minor : minor).toString().padStart(places + 1, '0')
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`
}

/** `"150000"` or `"150000.00"` → minor units; null when it is no decimal or finer than the currency. */
export function parseDecimal(text: string, currencyCode: string): bigint | null {
  const match = DECIMAL.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = ''] = match
  const places = digitsOf(currencyCode)
  if (/[^0]/.test(fraction.slice(places))) return null
  const minor = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'))
  return sign ? -minor : minor
}
