import type { Caller } from '../../platform/caller.ts'
import { addSeconds } from '../../platform/clock.ts'
import { NotFound } from '../../platform/errors.ts'
import { HoldExpired } from './errors.ts'
import { holdClaim, ownerOf } from './hold-buyer.ts'
import type { HoldAnswer } from './hold-store.ts'
import { counted, type HoldDeps } from './place-hold.ts'

/** Ends a hold. Throws NotFound when the caller has no such hold. */
export const releaseHold = (
  deps: HoldDeps,
  caller: Caller,
  holdId: string,
  key: string,
): Promise<HoldAnswer> =>
  counted(deps, 'released', async () => {
    // Whoever knows a guest's hold is that guest.
    const claim = holdClaim(caller, holdId, 'releaseHold', key, { holdId })
    const answer = await deps.holds.release(claim, holdId, ownerOf(caller))
    if (!answer) throw new NotFound('Hold', ['holdId'])
    return answer
  })

/** Lets a hold last its whole time from now, once. Throws HoldExpired when the caller has no such hold, and HoldExtended. */
export const extendHold = (
  deps: HoldDeps,
  caller: Caller,
  holdId: string,
  key: string,
): Promise<HoldAnswer> =>
  counted(deps, 'extended', async () => {
    const claim = holdClaim(caller, holdId, 'extendHold', key, { holdId })
    const expiresAt = addSeconds(deps.clock.now(), deps.settings.holdTtlSeconds)
    const answer = await deps.holds.extend(claim, holdId, ownerOf(caller), expiresAt)
    if (!answer) throw new HoldExpired(['holdId'])
    return answer
  })
