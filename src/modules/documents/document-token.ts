import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Deps } from '../../platform/deps.ts'
import { idAt, idBytes } from '../../platform/ids.ts'

/** What a link leads to. A link to one kind opens no other, so that a ticket can be passed on without the invoice. */
export const DOCUMENT_KINDS = ['tickets', 'tickets-pdf', 'invoice', 'calendar'] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]

// The order's id, then the seconds since 1970 at which the link ends, then the MAC: 54 bytes, 72 characters, no slack bits
// in which two tokens could differ and mean the same.
const ID_BYTES = 16
const SIGNED_BYTES = ID_BYTES + 6
const MAC_BYTES = 32
const FORM = /^[\w-]{72}$/

const macOf = (secret: string, kind: DocumentKind, signed: Buffer): Buffer =>
  createHmac('sha256', secret).update(`karcis document ${kind}\n`).update(signed).digest()

/** Lets whoever holds it read one document of one order until then: HMAC-SHA-256, nothing is stored. */
export function documentToken(secret: string, kind: DocumentKind, orderId: string, expiresAt: Date): string {
  const signed = Buffer.alloc(SIGNED_BYTES)
  idBytes(orderId).copy(signed)
  signed.writeUIntBE(Math.floor(expiresAt.getTime() / 1_000), ID_BYTES, 6)
  return Buffer.concat([signed, macOf(secret, kind, signed)]).toString('base64url')
}

export type DocumentClaims = { readonly orderId: string; readonly expiresAt: Date }

/** What a token says, if it is ours; `expired` only for one that was. */
export function readDocumentToken(
  { settings, clock }: Pick<Deps, 'settings' | 'clock'>,
  kind: DocumentKind,
  token: string,
): DocumentClaims | 'forged' | 'expired' {
  if (!FORM.test(token)) return 'forged'
  const bytes = Buffer.from(token, 'base64url')
  const signed = bytes.subarray(0, SIGNED_BYTES)
  const mac = bytes.subarray(SIGNED_BYTES)
  if (mac.length !== MAC_BYTES) return 'forged'
  const secrets = [
    settings.documentLinkSecret,
    ...(settings.previousDocumentLinkSecret ? [settings.previousDocumentLinkSecret] : []),
  ]
  // Each is compared, whichever fits: how long it takes says nothing of which.
  const fitting = secrets.map((secret) => timingSafeEqual(macOf(secret, kind, signed), mac))
  if (!fitting.includes(true)) return 'forged'
  const expiresAt = new Date(signed.readUIntBE(ID_BYTES, 6) * 1_000)
  if (expiresAt <= clock.now()) return 'expired'
  return { orderId: idAt(signed, 0), expiresAt }
}
