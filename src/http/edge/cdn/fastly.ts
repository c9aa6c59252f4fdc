import { ask, inPieces } from './ask.ts'
import type { Cdn } from './cdn.ts'

// Fastly's documented limit for one call ("Purge multiple surrogate key tags").
const TAGS_A_CALL = 256

/** Fastly's purge by surrogate key (its API documentation, "Purging"). */
export const fastly = ({ base, token, zone }: { base: string; token: string; zone: string }): Cdn => ({
  name: 'fastly',
  tagHeader: (tags) => ['Surrogate-Key', tags.join(' ')],
  async purge(tags) {
    for (const piece of inPieces(tags, TAGS_A_CALL)) {
      await ask('Fastly', `${base}/service/${encodeURIComponent(zone)}/purge`, {
        method: 'POST',
        headers: { 'Fastly-Key': token, 'Surrogate-Key': piece.join(' '), Accept: 'application/json' },
      })
    }
  },
})
