import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Deps } from '../../platform/deps.ts'
import { humanCode } from '../../platform/ids.ts'
import { Prisma } from '../../platform/prisma.ts'
import type { Sql } from '../../platform/sql.ts'

type KeyDeps = Pick<Deps, 'settings' | 'clock'>

export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
}

// RFC 8410: an Ed25519 private key in PKCS #8 is this prefix and the 32 bytes of the seed.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

interface KeyPair {
  readonly privateKey: KeyObject
  /** As it is stored. */
  readonly publicKey: Buffer
}

// To derive a pair takes longer than to sign with it, and a sale signs for one event all the time.
const MAX_REMEMBERED = 500
const remembered = new WeakMap<KeyDeps['settings'], Map<string, KeyPair>>()

/** The private key is derived, never stored: HKDF (RFC 5869) of the secret, bound to key id and event. */
function derive({ settings }: KeyDeps, keyId: string, eventId: string): KeyPair {
  const known = remembered.get(settings) ?? new Map<string, KeyPair>()
  remembered.set(settings, known)
  const name = `${keyId} ${eventId}`
  const found = known.get(name)
  if (found) return found
  const seed = hkdfSync('sha256', settings.ticketSecret, keyId, `karcis ticket key ${eventId}`, 32)
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, Buffer.from(seed)]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  if (known.size >= MAX_REMEMBERED) known.clear()
  known.set(name, { privateKey, publicKey })
  return { privateKey, publicKey }
}

/** The newest key of an event, as the database has it. */
export interface StoredKey {
  readonly id: string
  readonly publicKey: Uint8Array
}

/** A column of a SELECT: null where the event has none. */
export const newestKey = (eventId: Prisma.Sql): Prisma.Sql => Prisma.sql`
  (SELECT json_build_array(k.id, encode(k.public_key, 'hex'))::text FROM ticket_key k
   WHERE k.event_id = ${eventId} AND k.retired_at IS NULL ORDER BY k.created_at DESC, k.id DESC LIMIT 1)`

/** What newestKey found. */
export function storedKeyIn(text: string | null): StoredKey | null {
  if (text === null) return null
  const [id, publicKey]: [string, string] = JSON.parse(text)
  return { id, publicKey: Buffer.from(publicKey, 'hex') }
}

/** The event's newest key, made when there is none or when TICKET_SECRET was rotated. Old keys keep verifying. */
export async function signingKey(
  deps: KeyDeps,
  tx: Sql,
  eventId: string,
  newest: StoredKey | null,
): Promise<SigningKey> {
  if (newest) {
    const { privateKey, publicKey } = derive(deps, newest.id, eventId)
    if (publicKey.equals(newest.publicKey)) return { id: newest.id, privateKey }
  }
  const id = humanCode(10)
  const { privateKey, publicKey } = derive(deps, id, eventId)
  await tx.$executeRaw`
    INSERT INTO ticket_key (id, event_id, public_key, created_at)
    VALUES (${id}, ${eventId}::uuid, decode(${publicKey.toString('hex')}, 'hex'), ${deps.clock.now()}::timestamptz)`
  return { id, privateKey }
}

/** The public key by its id, or null. */
export async function verifyingKey(
  deps: Pick<Deps, 'prisma'>,
  keyId: string,
): Promise<{ eventId: string; publicKey: KeyObject } | null> {
  const row = await deps.prisma.ticketKey.findUnique({ where: { id: keyId } })
  if (!row) return null
  const publicKey = createPublicKey({ key: Buffer.from(row.publicKey), format: 'der', type: 'spki' })
  return { eventId: row.eventId, publicKey }
}
