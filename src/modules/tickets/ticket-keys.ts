import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { Deps } from '../../platform/deps.ts'
import { humanCode } from '../../platform/ids.ts'
import type { Sql } from '../../platform/sql.ts'

type KeyDeps = Pick<Deps, 'settings' | 'clock'>

export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
}

// RFC 8410: an Ed25519 private key in PKCS #8 is this prefix and the 32 bytes of the seed.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The private key is derived, never stored: HKDF (RFC 5869) of the secret, bound to key id and event. */
function derive(ticketSecret: string, keyId: string, eventId: string): KeyObject {
  const seed = hkdfSync('sha256', ticketSecret, keyId, `karcis ticket key ${eventId}`, 32)
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, Buffer.from(seed)]),
    format: 'der',
    type: 'pkcs8',
  })
}

const rawPublic = (key: KeyObject): Buffer => createPublicKey(key).export({ format: 'der', type: 'spki' })

/** The event's newest key, made when there is none or when TICKET_SECRET was rotated. Old keys keep verifying. */
export async function signingKey(deps: KeyDeps, tx: Sql, eventId: string): Promise<SigningKey> {
  const [current] = await tx.$queryRaw<{ id: string; publicKey: Uint8Array }[]>`
    SELECT id, public_key AS "publicKey" FROM ticket_key
    WHERE event_id = ${eventId}::uuid AND retired_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1`
  if (current) {
    const privateKey = derive(deps.settings.ticketSecret, current.id, eventId)
    if (rawPublic(privateKey).equals(current.publicKey)) return { id: current.id, privateKey }
  }
  const id = humanCode(10)
  const privateKey = derive(deps.settings.ticketSecret, id, eventId)
  await tx.$executeRaw`
    INSERT INTO ticket_key (id, event_id, public_key, created_at)
    VALUES (${id}, ${eventId}::uuid, decode(${rawPublic(privateKey).toString('hex')}, 'hex'),
            ${deps.clock.now()}::timestamptz)`
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
