// Who caused a job, so that nobody's crowd of jobs stands before another's one.
import { createHmac } from 'node:crypto'

/** As many groups as take turns: a poll looks at each of them at most once. */
export const BUCKETS = 1_024

export interface Causer {
  /** 1 to 1,023. One in a thousand strangers shares it, and its turns. */
  readonly bucket: number
  /** 72 bits by which the same causer is counted. Says nothing of an address to who has not the secret. */
  readonly key: string
}

// Of IPv6 a site has 48 bits: who has one can call from any address of it.
const IPV6_NETWORK = /^([0-9a-f]{12})[0-9a-f]{4}$/

/**
 * A causer by the kind of who it is and by what: a network (as `networkOf` names it), a buyer, an organizer. `secret`:
 * LINK_SECRET; after its rotation everybody is somebody else, which only moves turns.
 */
export function causerOf(secret: string, kind: 'network' | 'buyer' | 'organizer', what: string): Causer {
  const whole = kind === 'network' ? (IPV6_NETWORK.exec(what)?.[1] ?? what) : what
  const mac = createHmac('sha256', secret).update(`karcis causer ${kind}\n${whole}`).digest()
  return { bucket: 1 + (mac.readUInt16BE(0) % (BUCKETS - 1)), key: mac.subarray(2, 11).toString('base64url') }
}
