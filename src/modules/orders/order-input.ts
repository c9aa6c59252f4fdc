import type { Locale } from '../../generated/prisma/enums.ts'
import type { Caller } from '../../platform/caller.ts'
import { checkContact, readName } from '../../platform/contact.ts'
import { normalEmail } from '../../platform/email.ts'
import { invalid, ValidationFailed } from '../../platform/errors.ts'
import { normalPhone } from '../../platform/phone.ts'
import { hasVisible } from '../../platform/visible.ts'
import { type Basket, type BasketInput, parseBasket } from '../holds/basket.ts'

/** createOrder's input as a client sends it. */
export interface CreateOrderInput extends BasketInput {
  readonly buyer?: { name: string; email: string; phone?: string | null; whatsapp?: boolean | null } | null
  readonly locale?: Locale | null
  readonly holdId?: string | null
  readonly admissionToken?: string | null
  readonly promoCode?: string | null
  readonly deviceId?: string | null
  readonly expectedTotal?: string | null
}

export interface Buyer {
  readonly name: string
  readonly email: string
  readonly phone: string | null
  /** Agrees to be written to by WhatsApp at this phone. */
  readonly whatsapp: boolean
}

export interface Cart extends Basket {
  readonly expectedTotal: string | null
  /** As the buyer typed it. */
  readonly promoCode: string | null
}

/** Who buys: what the input says, else the signed-in account. */
export function parseBuyer(caller: Caller, input: CreateOrderInput['buyer']): Buyer {
  if (!input) {
    if (caller.kind === 'account')
      return { name: caller.name, email: caller.email, phone: null, whatsapp: false }
    throw invalid(['input', 'buyer'], 'Say who buys: name and e-mail.')
  }
  const name = readName(input.name)
  const email = normalEmail(input.email)
  const phone = normalPhone(input.phone)
  const issues = checkContact(['input', 'buyer'], { name, email, phone })
  const whatsapp = input.whatsapp ?? false
  if (whatsapp && phone === null)
    issues.push({ path: ['input', 'buyer', 'whatsapp'], message: 'WhatsApp needs a phone.' })
  if (issues.length > 0) throw new ValidationFailed(issues)
  return { name, email, phone, whatsapp }
}

/** Throws what parseBasket throws. */
export const parseCart = (input: CreateOrderInput): Cart => ({
  ...parseBasket(input),
  expectedTotal: input.expectedTotal ?? null,
  // A field that was left empty is none.
  promoCode: hasVisible(input.promoCode ?? '') ? (input.promoCode ?? null) : null,
})
