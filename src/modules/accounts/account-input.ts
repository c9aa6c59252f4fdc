import { checkContact, isEmail, isName, normalEmail, normalPhone } from '../../platform/contact.ts'
import { type Issue, ValidationFailed } from '../../platform/errors.ts'
import { holdsLink, NO_LINKS } from '../../platform/holds-link.ts'

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
/** The input of register as accounts store it. Throws ValidationFailed with all that is wrong. */
export function parseRegistration(input: RegisterInput): Required<RegisterInput> {
  const name = input.name.trim()
  const email = normalEmail(input.email)
  const phone = normalPhone(input.phone)
  const length = lengthOf(input.password)
  const issues = checkContact(['input'], { name, email, phone })
  if (isName(name) && holdsLink(name)) issues.push({ path: ['input', 'name'], message: NO_LINKS })
  if (length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD) {
    const message = `A password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters.`
    issues.push({ path: ['input', 'password'], message })
  }
  if (issues.length > 0) throw new ValidationFailed(issues)
  return { name, email, password: input.password, phone }
}

/** The input of login. It refuses only what no account can have: the rules for new passwords may have changed since. */
export function parseLogin(input: LoginInput): LoginInput {
  const email = normalEmail(input.email)
  const length = lengthOf(input.password)
  refuseAny([
    [!isEmail(email), 'email', 'This is no e-mail address.'],
    [
      length < 1 || length > LONGEST_PASSWORD,
      'password',
      `A password has at most ${LONGEST_PASSWORD} characters.`,
    ],
  ])
  return { email, password: input.password, refreshToken: input.refreshToken ?? null }
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
