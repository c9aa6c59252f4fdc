// What people say of themselves, in accounts and in orders alike.
import type { Issue } from './errors.ts'

const MAX_EMAIL = 254
// PostgreSQL refuses U+0000, a line break would forge a header of a mail, and half a surrogate pair is no text.
const NAME = /^[^\p{Cc}\p{Cs}]{1,100}$/u
const EMAIL =
  /^[^\s@<>"(),:;\\[\]\p{Cc}\p{Cs}]+@[^\s@<>"(),:;\\[\]\p{Cc}\p{Cs}]+\.[^\s@<>"(),:;\\[\]\p{Cc}\p{Cs}]+$/u
const PHONE = /^\+?\d{8,15}$/

/** How an address is stored and compared. */
export const normalEmail = (email: string): string => email.trim().toLowerCase()

/** Without the spaces and dashes that people write; null for none. */
export const normalPhone = (phone: string | null | undefined): string | null =>
  phone?.replace(/[\s-]/g, '') || null

export const isName = (name: string): boolean => NAME.test(name)

// A long text that cannot match would be walked again and again.
export const isEmail = (email: string): boolean => email.length <= MAX_EMAIL && EMAIL.test(email)

/** What is wrong with a normalised name, e-mail and phone that stand together at `path`. */
export function checkContact(
  path: readonly string[],
  { name, email, phone }: { name: string; email: string; phone: string | null },
): Issue[] {
  const rules: [boolean, string, string][] = [
    [!isName(name), 'name', 'A name has 1 to 100 characters.'],
    [!isEmail(email), 'email', 'This is no e-mail address.'],
    [phone !== null && !PHONE.test(phone), 'phone', 'A phone number has 8 to 15 digits.'],
  ]
  return rules.filter(([broken]) => broken).map(([, field, message]) => ({ path: [...path, field], message }))
}
