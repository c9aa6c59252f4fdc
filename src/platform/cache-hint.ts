/** How long public caches may keep what a field shows, in seconds. The most restrictive hint of an operation wins. */
export interface CacheHint {
  readonly maxAge: number
  /** How much longer a stale answer may be given while a fresh one is fetched (RFC 5861). */
  readonly staleWhileRevalidate: number
  /** How much longer it may be given while a fresh one cannot be had (RFC 5861). */
  readonly staleIfError: number
  readonly scope: 'PUBLIC' | 'PRIVATE'
}

/** The tags under which caches know answers that show an object of a type. A purge names them. */
export interface CacheTags {
  /** The field that has the id; `id` unless told. */
  readonly idField?: string
  one(id: string): string
  /** On an answer that found none, which a new object would change. */
  readonly all?: string
  /** On an answer that also shows what is left of it. */
  stock?(id: string): string
}
