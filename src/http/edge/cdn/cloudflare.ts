import { z } from 'zod'
import { ask, inPieces } from './ask.ts'
import type { Cdn } from './cdn.ts'

// The least of the limits that Cloudflare documents for tags in one call; higher plans allow more.
const TAGS_A_CALL = 30

const Answer = z.object({ success: z.literal(true) })

/** Cloudflare's purge by cache tag (its API documentation, "Purge Cached Content"). */
export const cloudflare = ({ base, token, zone }: { base: string; token: string; zone: string }): Cdn => ({
  name: 'cloudflare',
  tagHeader: (tags) => ['Cache-Tag', tags.join(',')],
  async purge(tags) {
    for (const piece of inPieces(tags, TAGS_A_CALL)) {
      const text = await ask('Cloudflare', `${base}/zones/${encodeURIComponent(zone)}/purge_cache`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ tags: piece }),
      })
      // It says by 200 that it has read the call, and in the body whether it did it.
      if (!isSuccess(text)) throw new Error('Cloudflare did not purge')
    }
  },
})

function isSuccess(text: string): boolean {
  try {
    return Answer.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}
