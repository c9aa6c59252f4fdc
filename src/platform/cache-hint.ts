/** How long public caches may keep what a field shows, in seconds. The most restrictive hint of an operation wins. */
export interface CacheHint {
  readonly maxAge: number
  /** How much longer a stale answer may be given while a fresh one is fetched (RFC 5861). */
  readonly staleWhileRevalidate: number
  readonly scope: 'PUBLIC' | 'PRIVATE'
}
