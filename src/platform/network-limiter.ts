import type { Limit, OpenLimiter, Standing } from './limiter.ts'
import { NETWORK_WIDTHS, networksOf } from './network.ts'

/** Counts calls by the networks of client addresses: see NETWORK_WIDTHS. */
export interface NetworkLimiter {
  /** Counts a call for each network of an address, and gives where the one stands that has least left. */
  take(ip: string): Promise<Standing>
  /** Whether another call would be allowed, without counting one. */
  hasLeft(ip: string): Promise<boolean>
  /** Takes a call back, be it one that was refused. */
  giveBack(ip: string): Promise<void>
}

/** `limit` is that of the narrowest network. */
export function openNetworkLimiter(open: OpenLimiter, name: string, limit: Limit): NetworkLimiter {
  const limiters = NETWORK_WIDTHS.map(({ suffix, factor }) =>
    open(`${name}${suffix}`, { ...limit, points: limit.points * factor }),
  )
  const counts = (ip: string) =>
    networksOf(ip).flatMap((network, index) => {
      const limiter = limiters[index]
      return limiter ? [{ limiter, network }] : []
    })
  return {
    async take(ip) {
      const standings = await Promise.all(counts(ip).map(({ limiter, network }) => limiter.take(network)))
      return standings.reduce((one, other) => (rank(other) < rank(one) ? other : one))
    },
    async hasLeft(ip) {
      const left = await Promise.all(counts(ip).map(({ limiter, network }) => limiter.hasLeft(network)))
      return left.every(Boolean)
    },
    async giveBack(ip) {
      await Promise.all(counts(ip).map(({ limiter, network }) => limiter.giveBack(network)))
    },
  }
}

/** Refused ones first, of these the one that lasts longest. */
const rank = ({ allowed, resetSeconds, remaining }: Standing): number => (allowed ? remaining : -resetSeconds)
