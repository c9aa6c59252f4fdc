import { networkOf, siteOf } from '../../platform/network.ts'

/** How many bytes of Redis the holds of one network may take. */
interface Share {
  readonly network: string
  readonly bytes: number
}

// A usual hold counts for 3 KB with all its records, so these are some 10,000 and 1,300 holds in ten minutes. A carrier's
// address, or its /48, has the people of a city behind it; a /64 is one household or one phone.
const MANY = 32 * 1_048_576
const FEW = 4 * 1_048_576

/** What a client's address counts for: the network next to it, and the one around that. */
export function shareOf(ip: string): readonly [Share, Share] {
  const [near, around] = [networkOf(ip), siteOf(ip)]
  return [
    { network: `near ${near}`, bytes: near === around ? MANY : FEW },
    { network: `around ${around}`, bytes: MANY },
  ]
}
