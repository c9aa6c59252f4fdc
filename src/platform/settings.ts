/** What the modules need to know of the configuration. src/config.ts reads it from the environment. */
export interface Settings {
  readonly environment: 'development' | 'test' | 'production'
  /** Where clients reach us, without a trailing slash. */
  readonly publicUrl: string
  readonly jwtSecret: string
  /** Signs guests' order access tokens. */
  readonly linkSecret: string
  /** The one before, after a rotation: tokens of waiting rooms that it signed stay good. */
  readonly previousLinkSecret: string | null
  /** Every event's ticket key pair is derived from it. */
  readonly ticketSecret: string
  readonly accessTokenTtlSeconds: number
  readonly refreshTokenTtlSeconds: number
  readonly orderTtlSeconds: number
  readonly idempotencyTtlSeconds: number
  /** How long stock is held for who fills in an order. */
  readonly holdTtlSeconds: number
  /** How long one may shop after a waiting room has admitted one, and how long one may take to come when called. */
  readonly admissionTtlSeconds: number
  /** How many people checkout carries at once, where an event says nothing else. */
  readonly checkoutCapacity: number
  readonly mailFrom: string
  /** Signs links to tickets, invoices and calendars. */
  readonly documentLinkSecret: string
  /** The one before, after a rotation: links that it signed stay good. */
  readonly previousDocumentLinkSecret: string | null
  /** How long such a link is good, at least; the one to a ticket lasts until its event is over. */
  readonly documentLinkTtlSeconds: number
}
