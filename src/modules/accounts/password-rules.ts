// Which new passwords are refused beside their length: what a stranger tries first (NIST SP 800-63B, section 3.1.1.2).
import { hasVisible } from '../../platform/visible.ts'

const LEAST_DIFFERENT = 4
// What the lists of stolen passwords begin with, where it is alone or has only digits and signs around it.
const COMMON = new Set(
  (
    'password passw0rd p@ssword p@ssw0rd passwort katasandi sandi rahasia qwerty qwertyuiop qwertyui qwertz azerty ' +
    'asdfghjkl asdfgh asdf zxcvbnm zxcvbn qazwsx qazwsxedc 1qaz2wsx 1qaz2wsx3edc 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 ' +
    'q1w2e3r4t5 qwer asd abc abcd abcde abcdef abcdefgh a aa iloveyou loveyou sayang sayangku cintaku bismillah alhamdulillah ' +
    'indonesia jakarta bandung surabaya garuda merdeka persib persija letmein welcome changeme admin administrator root user ' +
    'login master guest default secret test testing football basketball baseball soccer monkey dragon sunshine princess ' +
    'superman batman pokemon naruto michael jordan charlie ashley jennifer liverpool chelsea arsenal barcelona computer ' +
    'internet samsung google facebook instagram whatsapp karcis tiket ticket'
  ).split(' '),
)
const AROUND = /^[^\p{L}]+|[^\p{L}]+$/gu

/** What is wrong with a new password of the account with this e-mail; null when nothing is. Its length is judged elsewhere. */
export function passwordProblem(password: string, email: string): string | null {
  const text = password.normalize('NFKC').toLowerCase().trim()
  const letters = Array.from(text)
  if (!hasVisible(text) || new Set(letters).size < LEAST_DIFFERENT)
    return 'A password is not one character again and again.'
  if (isRun(letters)) return 'A password is no run of digits or letters.'
  const core = text.replace(AROUND, '')
  const [person = '', domain = ''] = email.split('@')
  const own = [email, person, person.replace(AROUND, ''), `${person}@${domain.split('.')[0]}`]
  if (own.some((one) => one !== '' && (one === text || one === core)))
    return 'A password is not one’s own e-mail.'
  return COMMON.has(text) || COMMON.has(core) ? 'This password is among those that are tried first.' : null
}

/** 1234567890, 0987654321, abcdefghij: each character is the next or the one before, the keyboard's 0 after 9 included. */
function isRun(letters: readonly string[]): boolean {
  const steps = letters.slice(1).map((letter, index) => stepOf(letters[index] ?? '', letter))
  return steps.every((step) => step === 1) || steps.every((step) => step === -1)
}

function stepOf(before: string, after: string): number {
  if (before === '9' && after === '0') return 1
  if (before === '0' && after === '9') return -1
  return (after.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)
}
