import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import type { Settings } from '../../platform/settings.ts'

/** What a token is for. A token of one kind never passes for the other. */
export type Purpose = 'queue' | 'admission'

interface Key {
  /** Two bytes that say which key signed. They are not secret. */
  readonly id: Buffer
  /** Not bytes: with those Node took six times as long for each HMAC. */
  readonly secret: KeyObject
}

const KEY_ID_BYTES = 2
const MAC_BYTES = 32

const known = new WeakMap<Settings, readonly Key[]>()

/** The key that signs comes first; the one before a rotation still verifies. */
function keysOf(settings: Settings): readonly Key[] {
  const before = known.get(settings)
  if (before) return before
  const { linkSecret, previousLinkSecret } = settings
  const keys = [linkSecret, ...(previousLinkSecret ? [previousLinkSecret] : [])].map(derive)
  known.set(settings, keys)
  return keys
}

function derive(secret: string): Key {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'karcis waiting room', 32))
  return {
    id: createHash('sha256').update(bytes).digest().subarray(0, KEY_ID_BYTES),
    secret: createSecretKey(bytes),
  }
}

const macOf = ({ secret }: Key, purpose: Purpose, signed: Buffer): Buffer =>
  createHmac('sha256', secret).update(`karcis ${purpose} `).update(signed).digest()

/** `payload` with the id of the key in front and its HMAC-SHA-256 behind, for a URL. */
export function seal(settings: Settings, purpose: Purpose, payload: Buffer): string {
  const [key] = keysOf(settings)
  if (!key) throw new Error('There is no key.')
  const signed = Buffer.concat([key.id, payload])
  return Buffer.concat([signed, macOf(key, purpose, signed)]).toString('base64url')
}

/** The payload of a token that `seal` made for this purpose; null for anything else. Looks nothing up. */
export function unseal(settings: Settings, purpose: Purpose, token: string, bytes: number): Buffer | null {
  const length = KEY_ID_BYTES + bytes + MAC_BYTES
  // Four characters are three bytes. What is longer is not even decoded.
  if (token.length !== Math.ceil((length * 4) / 3)) return null
  const sealed = Buffer.from(token, 'base64url')
  // Its last character has bits to spare, and a token has one spelling.
  if (sealed.length !== length || sealed.toString('base64url') !== token) return null
  const signed = sealed.subarray(0, KEY_ID_BYTES + bytes)
  const key = keysOf(settings).find(({ id }) => id.equals(signed.subarray(0, KEY_ID_BYTES)))
  if (!key || !timingSafeEqual(macOf(key, purpose, signed), sealed.subarray(KEY_ID_BYTES + bytes)))
    return null
  return signed.subarray(KEY_ID_BYTES)
}

/** Draws a place for who comes before the sale opens: fair, the same each time, and known to nobody without the key. */
export function drawOf(settings: Settings, eventId: string, name: Buffer): number {
  const [key] = keysOf(settings)
  if (!key) throw new Error('There is no key.')
  const digest = createHmac('sha256', key.secret).update(`karcis draw ${eventId} `).update(name).digest()
  return digest.readUIntBE(0, 6)
}
