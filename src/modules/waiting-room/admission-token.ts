import type { Caller } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { idBytes } from '../../platform/ids.ts'
import { isCaller, type Member, nameOf } from './member.ts'
import { seal, unseal } from './token-keys.ts'

type TokenDeps = Pick<Deps, 'settings' | 'clock'>

/** The right to buy at one event, once. */
export interface Admission {
  /** The place that was admitted, a uuid. An order stores it, and the database refuses a second one with it. */
  readonly id: string
  readonly eventId: string
  readonly member: Member
}

// Letter, member, event, place, time in milliseconds.
const BYTES = 1 + 16 + 16 + 16 + 6

export function admissionTokenOf({ settings }: TokenDeps, admission: Admission, expiresAt: Date): string {
  const time = Buffer.alloc(6)
  time.writeUIntBE(expiresAt.getTime(), 0, 6)
  const { member, eventId, id } = admission
  return seal(settings, 'admission', Buffer.concat([nameOf(member), idBytes(eventId), idBytes(id), time]))
}

/**
 * The admission that a token stands for: null without a token, and for one that is forged, over, of another event or of
 * another account. Looks nothing up, so it answers while Redis is away; whether it was used is for the order to find out.
 */
export function checkAdmission(
  deps: TokenDeps,
  eventId: string | null,
  caller: Caller,
  token: string | null | undefined,
): Admission | null {
  const payload = token && eventId ? unseal(deps.settings, 'admission', token, BYTES) : null
  if (!payload || !eventId) return null
  const member: Member = {
    kind: payload.toString('latin1', 0, 1) === 'a' ? 'account' : 'guest',
    id: payload.subarray(1, 17),
  }
  const good =
    payload.subarray(17, 33).equals(idBytes(eventId)) &&
    payload.readUIntBE(49, 6) > deps.clock.now().getTime() &&
    isCaller(caller, member)
  return good ? { id: uuidOf(payload.subarray(33, 49)), eventId, member } : null
}

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
