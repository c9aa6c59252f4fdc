/** What the modules need to know of the configuration. src/config.ts reads it from the environment. */
export interface Settings {
  readonly environment: 'development' | 'test' | 'production'
  /** Where clients reach us, without a trailing slash. */
  readonly publicUrl: string
  /** Local files: development mail. */
  readonly dataDir: string
  readonly jwtSecret: string
  /** Signs guests' order access tokens. */
  readonly linkSecret: string
  /** Every event's ticket key pair is derived from it. */
  readonly ticketSecret: string
  readonly accessTokenTtlSeconds: number
  readonly refreshTokenTtlSeconds: number
  readonly orderTtlSeconds: number
  readonly idempotencyTtlSeconds: number
  readonly mailFrom: string
}
