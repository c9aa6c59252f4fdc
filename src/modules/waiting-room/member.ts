import { createHash, randomBytes } from 'node:crypto'
import type { Caller } from '../../platform/caller.ts'
import { idBytes } from '../../platform/ids.ts'

/** Somebody in a waiting room: an account by its id, or a guest by 16 random bytes that only the guest's token names. */
export interface Member {
  readonly kind: 'account' | 'guest'
  readonly id: Buffer
}

/**
 * Where somebody stands. Smaller is earlier. What was drawn before the sale opened is below every time, and a time is in
 * microseconds, so that a place from before Redis was emptied still precedes whoever comes after it.
 */
export type Rank = number

// 2^48 microseconds are in 1978.
export const FIRST_TIME: Rank = 2 ** 48

const letters = { account: 'a', guest: 'g' } as const

/** The place that a caller comes back to from any device; a guest gets a new one. */
export const memberOf = (caller: Caller): Member =>
  caller.kind === 'account'
    ? { kind: 'account', id: idBytes(caller.accountId) }
    : { kind: 'guest', id: randomBytes(16) }

/** What Redis calls a member: 17 bytes, because 100,000 of them are kept. */
export const nameOf = ({ kind, id }: Member): Buffer => Buffer.concat([Buffer.from(letters[kind]), id])

/** Whether the caller may act as this member. A guest's token is the proof in itself, also for who has signed in since. */
export const isCaller = (caller: Caller, { kind, id }: Member): boolean =>
  kind === 'guest' || (caller.kind === 'account' && idBytes(caller.accountId).equals(id))

/**
 * The id of one place in one queue, as a uuid: what an order stores of its admission. It follows from who stood where, so
 * however often an admission is given for a place, it is the same one and good for one order.
 */
export function placeIdOf(eventId: string, member: Member, rank: Rank): string {
  const place = rank < FIRST_TIME ? 'drawn' : rank.toFixed()
  const digest = createHash('sha256').update(`${eventId} ${place} `).update(nameOf(member)).digest('hex')
  // Version 8 of RFC 9562: made by a rule of one's own.
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}
