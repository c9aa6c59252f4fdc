/** An exact amount: integer minor units with its ISO 4217 currency. */
export interface Money {
  readonly minor: bigint
  readonly currencyCode: string
}

// ISO 4217 minor digits of the currencies that differ from two.
const DIGITS: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, VND: 0, BHD: 3, KWD: 3 }
const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d{1,8}))?$/

export const money = (minor: bigint, currencyCode: string): Money => ({ minor, currencyCode })

const digitsOf = (currencyCode: string): number => DIGITS[currencyCode] ?? 2

/** `{ minor: 15000000n, 'IDR' }` → `"150000.00"`. */
export function toDecimal({ minor, currencyCode }: Money): string {
  const digits = digitsOf(currencyCode)
  const sign = minor < 0n ? '-' : ''
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0')
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** `"150000"` or `"150000.00"` → minor units; null when it is no decimal or finer than the currency. */
export function parseDecimal(text: string, currencyCode: string): bigint | null {
  const match = DECIMAL.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = ''] = match
  const digits = digitsOf(currencyCode)
  if (/[^0]/.test(fraction.slice(digits))) return null
  const minor = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'))
  return sign ? -minor : minor
}
