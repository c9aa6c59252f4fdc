// What the attacker's process is told and gives back.

export type FloodName =
  | 'holds'
  | 'reads'
  | 'charges'
  | 'documents'
  | 'probes'
  | 'unpaid-mails'
  | 'free-orders'
  | 'one-event'
  | 'guesses'

/** What the attacker works with. Every flood uses a part of it. */
export interface Material {
  readonly port: number
  /** An event with plenty of stock. */
  readonly eventId: string
  readonly categoryId: string
  /** A category that costs nothing. */
  readonly free: { readonly eventId: string; readonly categoryId: string }
  /** A small event that the attacker wants for itself. */
  readonly small: { readonly eventId: string; readonly categoryId: string }
  /** Paths of documents of paid orders: one of two tickets, one of as many as an order may have. */
  readonly documents: readonly string[]
  /** An account that the attacker does not own. */
  readonly account: string
}

export interface Flood extends Material {
  readonly name: FloodName
  readonly seconds: number
  /** Connections, each with one request at a time. */
  readonly atOnce: number
}

export interface Flooded {
  /** Number of answers by outcome: `ok`, the code of an expected failure, the HTTP status of another, or `broken`. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly firstError: string | null
}
