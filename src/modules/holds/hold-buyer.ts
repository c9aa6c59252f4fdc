import { createHmac } from 'node:crypto'
import { type Caller, callerKey } from '../../platform/caller.ts'
import { type Claim, claimOf } from '../../platform/idempotency.ts'
import type { Settings } from '../../platform/settings.ts'

/** Who alone may use a hold of this caller; empty for a guest, whose proof is the hold's id. */
export const ownerOf = (caller: Caller): string =>
  caller.kind === 'account' ? `account ${caller.accountId}` : ''

/** A guest who names no device is known by the network alone. */
export const holdClaim = (
  caller: Caller,
  guest: string,
  mutation: string,
  key: string,
  input: unknown,
): Claim => claimOf(callerKey(caller, guest), mutation, key, input)

/**
 * An id that nobody guesses, and that the same request has again even after Redis was emptied: its client may have it
 * already.
 */
export const holdIdOf = ({ linkSecret }: Pick<Settings, 'linkSecret'>, { id, inputHash }: Claim): string =>
  createHmac('sha256', linkSecret).update(`karcis hold ${id} ${inputHash}`).digest('base64url')
