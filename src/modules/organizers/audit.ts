import type { Deps } from '../../platform/deps.ts'
import { newId } from '../../platform/ids.ts'
import type { Prisma, Tx } from '../../platform/prisma.ts'
import { encodeSnapshot } from '../../platform/snapshot.ts'

/** Who runs commands on the server: nobody that has an account. */
export const OPERATOR = '00000000-0000-0000-0000-000000000000'

export interface AuditRecord {
  readonly organizerId: string
  /** Account or device id of whoever acts; OPERATOR for a command on the server. */
  readonly actorId: string
  /** What was done to which kind of object, e.g. event.update. */
  readonly action: string
  readonly targetType: string
  readonly targetId: string
  /** The fields with their new values. Never a secret: staff read this. */
  readonly data: object
}

/**
 * Writes the trail of a staff action in the transaction of the action and gives the entry's id. Bigints become strings,
 * dates RFC 3339.
 */
export async function audit(deps: Pick<Deps, 'clock'>, tx: Tx, record: AuditRecord): Promise<string> {
  const text = JSON.stringify(record.data, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  const data: Prisma.InputJsonObject = JSON.parse(text)
  const id = newId()
  await tx.auditEntry.create({ data: { ...record, id, createdAt: deps.clock.now(), data } })
  return id
}

/** The fields of `after` that differ from `before`, with their new values. */
export function changedFields<T extends object>(before: T, after: T): Partial<T> {
  const previous = new Map<string, unknown>(Object.entries(before))
  const changes = Object.entries(after).filter(
    ([key, value]) => encodeSnapshot([value]) !== encodeSnapshot([previous.get(key)]),
  )
  return Object.fromEntries(changes) as Partial<T>
}
