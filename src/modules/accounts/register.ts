import type { Deps } from '../../platform/deps.ts'
import { formerEmail } from '../../platform/email.ts'
import { newId } from '../../platform/ids.ts'
import { serializable } from '../../platform/serializable.ts'
import { parseRegistration, type RegisterInput } from './account-input.ts'
import { EmailTaken } from './errors.ts'
import { hashPassword } from './passwords.ts'
import { openSession, type SessionView } from './sessions.ts'

/** Makes an account and signs it in. Throws ValidationFailed, EmailTaken and Busy. */
export async function register(deps: Deps, input: RegisterInput, clientIp: string): Promise<SessionView> {
  const { name, email, password, phone } = parseRegistration(input)
  const forms = [...new Set([email, formerEmail(input.email)])]
  const passwordHash = await hashPassword(password)
  return serializable(deps, 'register', async (tx) => {
    // Of two at once one hits the unique index, runs again, and finds the other here.
    const taken = await tx.account.findFirst({ where: { email: { in: forms } }, select: { id: true } })
    if (taken) throw new EmailTaken()
    const account = await tx.account.create({
      data: { id: newId(), name, email, phone, passwordHash, createdAt: deps.clock.now() },
    })
    return openSession(deps, tx, account, clientIp)
  })
}
