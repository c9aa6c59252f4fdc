// What the buyers, gates and readers of an outage are told and give back.

/** Who do one thing, at a steady rate, each with words of their own. */
export interface Crowd {
  readonly name: string
  readonly perSecond: number
  readonly documentId: string
  /** Read by GET, as the shop's pages do. */
  readonly isRead: boolean
  /** In turn; they come round. */
  readonly calls: readonly { readonly variables: object; readonly token?: string }[]
  /** Of what is right, in the answer's body. */
  readonly right: string
  /** Whoever is told to come back later does so, with the same words. */
  readonly comesBack: boolean
}

export interface Mixed {
  readonly port: number
  readonly seconds: number
  /** How long after the end those come back who were told so. */
  readonly patienceSeconds: number
  readonly crowds: readonly Crowd[]
}

export interface Asked {
  /** Its moment in milliseconds since the start, and how long from then until its answer. */
  readonly due: number
  readonly ms: number
  /** `ok`, or what was wrong: the code of an expected failure, the status of another, or `broken`. */
  readonly outcome: string
}

export interface CrowdSeen {
  readonly name: string
  readonly asked: readonly Asked[]
  /** By those who were told to come back. */
  readonly again: readonly Asked[]
  /** Who never got what they came for. */
  readonly unserved: number
}

export interface MixedSeen {
  /** By the machine's clock. */
  readonly beganAt: number
  readonly crowds: readonly CrowdSeen[]
  readonly cpuUs: number
  readonly firstError: string | null
}
