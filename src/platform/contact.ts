// What people say of themselves, in accounts and in orders alike.
import { isEmail } from './email.ts'
import type { Issue } from './errors.ts'
import { holdsLink, NO_LINKS } from './holds-link.ts'
import { isPhone } from './phone.ts'
import { hasVisible } from './visible.ts'

// PostgreSQL refuses U+0000, a line break would forge a header of a mail, and half a surrogate pair is no text.
const NAME = /^[^\p{Cc}\p{Cs}]{1,100}$/u

/** A name as it is stored. */
export const readName = (typed: string): string => typed.normalize().trim()

/** What is wrong with a name from readName; null when nothing is. */
export function nameProblem(name: string): string | null {
  if (!NAME.test(name) || !hasVisible(name)) return 'A name has 1 to 100 characters, one of them visible.'
  return holdsLink(name) ? NO_LINKS : null
}

/** What is wrong with a normalised name, e-mail and phone that stand together at `path`. */
export function checkContact(
  path: readonly string[],
  { name, email, phone }: { name: string; email: string; phone: string | null },
): Issue[] {
  const problems: [field: string, problem: string | null][] = [
    ['name', nameProblem(name)],
    ['email', isEmail(email) ? null : 'This is no e-mail address that mail can be carried to.'],
    ['phone', phone === null || isPhone(phone) ? null : 'A phone number has 8 to 15 digits.'],
  ]
  return problems.flatMap(([field, message]) =>
    message === null ? [] : [{ path: [...path, field], message }],
  )
}
