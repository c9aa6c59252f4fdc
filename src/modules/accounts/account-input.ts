import { checkContact, readName } from '../../platform/contact.ts'
import { formerEmail, isEmail, normalEmail } from '../../platform/email.ts'
import { type Issue, ValidationFailed } from '../../platform/errors.ts'
import { normalPhone } from '../../platform/phone.ts'
import { passwordProblem } from './password-rules.ts'

export interface RegisterInput {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly phone?: string | null
}

export interface LoginInput {
  readonly email: string
  readonly password: string
  /** Of an earlier session on this device. */
  readonly refreshToken?: string | null
}

const SHORTEST_PASSWORD = 10
const LONGEST_PASSWORD = 200
const MAX_FORMER_EMAIL = 254
const FORMER_EMAIL =
  /^(?=.{1,254}$)[^\s@<>"(),:;\\[\]\p{Cc}\p{Cs}]+@[^\s@<>"(),:;\\[\]\p{Cc}\p{Cs}]+\.[^\s@<>"(),:;\\[\]\p{Cc}\p{Cs}]+$/u

/** The input of register as accounts store it. Throws ValidationFailed with all that is wrong. */
export function parseRegistration(input: RegisterInput): Required<RegisterInput> {
  const name = readName(input.name)
  const email = normalEmail(input.email)
  const phone = normalPhone(input.phone)
  const length = lengthOf(input.password)
  const issues = checkContact(['input'], { name, email, phone })
  if (length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD) {
    const message = `A password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters.`
    issues.push({ path: ['input', 'password'], message })
  } else {
    const message = passwordProblem(input.password, email)
    if (message !== null) issues.push({ path: ['input', 'password'], message })
  }
  if (issues.length > 0) throw new ValidationFailed(issues)
  return { name, email, password: input.password, phone }
}

/** The input of login. It refuses only what no account can have: the rules for new passwords may have changed since. */
export function parseLogin(input: LoginInput): LoginInput & { readonly emails: readonly string[] } {
  const email = normalEmail(input.email)
  // An account from before may have no other form; a new one cannot have it.
  const former = formerEmail(input.email.slice(0, MAX_FORMER_EMAIL + 1))
  const length = lengthOf(input.password)
  refuseAny([
    [!isEmail(email) && !FORMER_EMAIL.test(former), 'email', 'This is no e-mail address.'],
    [
      length < 1 || length > LONGEST_PASSWORD,
      'password',
      `A password has at most ${LONGEST_PASSWORD} characters.`,
    ],
  ])
  const emails = former === email ? [email] : [former, email]
  return { email, emails, password: input.password, refreshToken: input.refreshToken ?? null }
}

/** In code points; what is far too long is not counted out. */
const lengthOf = (text: string): number =>
  text.length > LONGEST_PASSWORD * 2 ? text.length : [...text].length

function refuseAny(rules: readonly [broken: boolean, field: string, message: string][]): void {
  const issues: Issue[] = rules
    .filter(([broken]) => broken)
    .map(([, field, message]) => ({ path: ['input', field], message }))
  if (issues.length > 0) throw new ValidationFailed(issues)
}
