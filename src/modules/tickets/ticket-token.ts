import { type KeyObject, sign, verify } from 'node:crypto'
import { idAt, idBytes } from '../../platform/ids.ts'

/** What a gate can know of a ticket without a network. */
export interface TicketClaims {
  readonly ticketId: string
  readonly eventId: string
  readonly ticketCategoryId: string
  readonly scheduleId: string | null
  /** A ticket that is issued again has a higher version; older tokens are then refused. */
  readonly version: number
}

// k1.<key id>.<payload>.<signature>: version 1 of the format; payload is 4 uuids and a 16 bit version, 66 bytes, so that
// the whole token stays near 190 characters and its QR code easy to scan. The signature covers all before it.
const FORMAT = 'k1'
const PAYLOAD_BYTES = 66
const NO_SCHEDULE = '00000000-0000-0000-0000-000000000000'
export const TOKEN = /^k1\.([0-9A-Z]{10})\.([A-Za-z0-9_-]{88})\.([A-Za-z0-9_-]{86})$/

export function signTicket(claims: TicketClaims, keyId: string, privateKey: KeyObject): string {
  const payload = Buffer.alloc(PAYLOAD_BYTES)
  const ids = [claims.ticketId, claims.eventId, claims.ticketCategoryId, claims.scheduleId ?? NO_SCHEDULE]
  for (const [index, id] of ids.entries()) idBytes(id).copy(payload, index * 16)
  payload.writeUInt16BE(claims.version, 64)
  const signed = `${FORMAT}.${keyId}.${payload.toString('base64url')}`
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
}

export interface ParsedToken {
  readonly keyId: string
  readonly claims: TicketClaims
  /** Ed25519 (RFC 8032) over everything before the signature. */
  verify(publicKey: KeyObject): boolean
}

/** The parts of a token, not yet verified; null when it is not of the format. */
export function parseTicketToken(token: string): ParsedToken | null {
  const match = TOKEN.exec(token)
  if (!match) return null
  const [, keyId = '', body = '', signature = ''] = match
  const payload = Buffer.from(body, 'base64url')
  const [ticketId, eventId, ticketCategoryId, scheduleId] = [0, 16, 32, 48].map((at) => idAt(payload, at))
  if (!ticketId || !eventId || !ticketCategoryId || !scheduleId) return null
  return {
    keyId,
    claims: {
      ticketId,
      eventId,
      ticketCategoryId,
      scheduleId: scheduleId === NO_SCHEDULE ? null : scheduleId,
      version: payload.readUInt16BE(64),
    },
    verify: (publicKey) =>
      verify(null, Buffer.from(`${FORMAT}.${keyId}.${body}`), publicKey, Buffer.from(signature, 'base64url')),
  }
}
