import { domainToASCII } from 'node:url'

const MAX_EMAIL = 254
const MAX_LOCAL_PART = 64
// RFC 5321: a dot-string, and a domain of at least two labels of letters, digits and inner hyphens. Quoted local parts and
// address literals are left out on purpose: no person has one.
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/
// A text far too long is not walked.
const MAX_TYPED = 1_000

/** How an address is stored and compared: as a person means it, whatever a keyboard or a copy made of it. */
export function normalEmail(typed: string): string {
  if (typed.length > MAX_TYPED) return typed
  const email = typed
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()
    .toLowerCase()
  const at = email.lastIndexOf('@') + 1
  return email.slice(0, at) + inAscii(email.slice(at))
}

// Only where it has to: Node takes what is ASCII for a host, and 1.2 for 1.0.0.2. It reads an address of the web: it would drop
// what follows a slash, a question mark, a hash or a colon, and decode per cent, so that somebody else's address came out.
const inAscii = (domain: string): string =>
  /[^ -~]/.test(domain) && !/[/?#:%\\[\]]/.test(domain) ? domainToASCII(domain) || domain : domain

/** An address as accounts stored it before normalEmail: some that are there have no other form. */
export const formerEmail = (typed: string): string => typed.trim().toLowerCase()

/** Whether mail can be carried to a normalised address. */
export function isEmail(email: string): boolean {
  const at = email.lastIndexOf('@')
  return (
    email.length <= MAX_EMAIL &&
    at >= 0 &&
    at <= MAX_LOCAL_PART &&
    LOCAL_PART.test(email.slice(0, at)) &&
    DOMAIN.test(email.slice(at + 1))
  )
}
