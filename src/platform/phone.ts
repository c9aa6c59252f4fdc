const E164 = /^\+?\d{8,15}$/
// Whatever is written between digits, and what a copy brings along.
const BETWEEN = /[\s\p{C}\p{Z}\p{Pd}\p{Default_Ignorable_Code_Point}\u2800\u2212.·・•,/_]/gu
// Behind a country's code: +62 (0)812. At the start it is the number's own zero.
const TRUNK_ZERO = /(?<=\d)\(0\)/
const BRACKETS = /[()[\]{}<>]/g
const MAX_TYPED = 100

/** A number as it is stored: digits, with + in front where it was written; null for none. */
export function normalPhone(typed: string | null | undefined): string | null {
  // Far too long is no number, and is said to be none.
  if (!typed || typed.length > MAX_TYPED) return typed || null
  const digits = typed.normalize('NFKC').replace(BETWEEN, '').replace(TRUNK_ZERO, '').replace(BRACKETS, '')
  // No country begins with 0: the plus is a slip.
  return digits.replace(/^\+(?=0)/, '') || null
}

/** Whether a normalised number can be called. */
export const isPhone = (phone: string): boolean => E164.test(phone)

/** In international digits. One written without its country is Indonesian: 0812…, 812… and +62812… are one. */
export const internationalPhone = (phone: string): string =>
  withCountry(normalPhone(phone) ?? '').replace(/^620+/, '62')

function withCountry(phone: string): string {
  if (phone.startsWith('+')) return phone.slice(1)
  if (phone.startsWith('00')) return phone.slice(2)
  if (phone.startsWith('0')) return `62${phone.slice(1)}`
  return phone.startsWith('8') ? `62${phone}` : phone
}
