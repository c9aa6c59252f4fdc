import type { Bucket } from './rate-buckets.ts'

/**
 * RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers: q calls in w seconds; r of them left, all of
 * them again in t seconds. A rule that counted several calls is shown where fewest are left.
 */
export function rateHeaders(buckets: readonly Bucket[]): [string, string][] {
  const shown = new Map<string, Bucket>()
  for (const bucket of buckets) {
    const known = shown.get(bucket.rule.name)
    if (!known || bucket.standing.remaining <= known.standing.remaining) shown.set(bucket.rule.name, bucket)
  }
  if (shown.size === 0) return []
  const items = [...shown.values()]
  const policy = items.map(({ rule }) => `"${rule.name}";q=${rule.points};w=${rule.seconds}`)
  const state = items.map(
    ({ rule, standing }) => `"${rule.name}";r=${standing.remaining};t=${standing.resetSeconds}`,
  )
  return [
    ['RateLimit-Policy', policy.join(', ')],
    ['RateLimit', state.join(', ')],
  ]
}
