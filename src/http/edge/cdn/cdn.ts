import { cloudflare } from './cloudflare.ts'
import { fastly } from './fastly.ts'
import { varnish } from './varnish.ts'

/** A cache in front of us that keeps answers by tag. */
export interface Cdn {
  readonly name: 'varnish' | 'fastly' | 'cloudflare'
  /** The header, name and value, that tells it the tags of an answer. */
  tagHeader(tags: readonly string[]): readonly [string, string]
  /** Removes every answer with one of the tags. Throws when a node did not confirm it; safe to repeat. */
  purge(tags: readonly string[]): Promise<void>
}

export interface CdnSettings {
  readonly kind: 'none' | Cdn['name']
  /** Without a slash at the end. Varnish: each node. The others: their API, if it is not where it usually is. */
  readonly purgeUrls: readonly string[]
  readonly token: string
  /** Fastly's service id, Cloudflare's zone id. */
  readonly zone: string
}

/** The adapter that the settings name; null for none. */
export function createCdn({ kind, purgeUrls, token, zone }: CdnSettings): Cdn | null {
  const [base] = purgeUrls
  if (kind === 'varnish') return varnish(purgeUrls)
  if (kind === 'fastly') return fastly({ base: base ?? 'https://api.fastly.com', token, zone })
  if (kind === 'cloudflare')
    return cloudflare({ base: base ?? 'https://api.cloudflare.com/client/v4', token, zone })
  return null
}
