import type { Caller } from '../../platform/caller.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import { openNetworkLimiter } from '../../platform/network-limiter.ts'
import { PromoCodeInvalid } from './errors.ts'

/** Keeps callers from finding promo codes by trying. Only codes that are not there count. */
export interface PromoGuesses {
  /**
   * Places an order with a code, told whether it may be looked up. Asked before and counted after the order's transaction:
   * guesses made at once may all be looked up, as many as the limit of orders lets through.
   */
  watch<T>(caller: Caller, clientIp: string, place: (mayLookUp: boolean) => Promise<T>): Promise<T>
}

const WINDOW_SECONDS = 10 * 60
const PER_ACCOUNT = 20
// Higher, because a carrier puts thousands of honest people behind one network, some of whom mistype.
const PER_NETWORK = 300

export function createPromoGuesses(openLimiter: OpenLimiter): PromoGuesses {
  const byAccount = openLimiter('promo-account', { points: PER_ACCOUNT, seconds: WINDOW_SECONDS })
  const byNetwork = openNetworkLimiter(openLimiter, 'promo-network', {
    points: PER_NETWORK,
    seconds: WINDOW_SECONDS,
  })
  return {
    async watch(caller, clientIp, place) {
      const [limiter, key] = caller.kind === 'account' ? [byAccount, caller.accountId] : [byNetwork, clientIp]
      const mayLookUp = await limiter.hasLeft(key)
      try {
        return await place(mayLookUp)
      } catch (error) {
        if (error instanceof PromoCodeInvalid && error.reason === 'UNKNOWN') await limiter.take(key)
        throw error
      }
    },
  }
}
