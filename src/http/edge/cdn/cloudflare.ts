import { z } from 'zod'
import { ask, jsonOf } from './ask.ts'
import type { Cdn } from './cdn.ts'
import { headerOf, listsOf } from './tag-lists.ts'

// Documented: 100 tags a call on every plan, 1,024 characters a tag in a call, 16 KB of tags in a header. Calls are
// counted too, on the smallest plan five a minute, so they are few and full.
const TAGS_A_CALL = 100
const HEADER_BYTES = 16_000

const Answer = z.object({ success: z.literal(true) })

/** Cloudflare's purge by cache tag (its API, "Purge Cached Content"). */
export const cloudflare = ({ base, token, zone }: { base: string; token: string; zone: string }): Cdn => ({
  name: 'cloudflare',
  tagHeader: (tags) => ['Cache-Tag', headerOf(tags, ',', HEADER_BYTES)],
  async purge(tags) {
    for (const list of listsOf(tags, { tags: TAGS_A_CALL, bytes: Number.POSITIVE_INFINITY })) {
      const text = await ask('Cloudflare', `${base}/zones/${encodeURIComponent(zone)}/purge_cache`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ tags: list }),
      })
      // It says by 200 that it has read the call, and in the body whether it did it.
      if (!Answer.safeParse(jsonOf(text)).success) throw new Error('Cloudflare did not confirm a purge')
    }
  },
})
