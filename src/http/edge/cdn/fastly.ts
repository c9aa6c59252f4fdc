import { z } from 'zod'
import { ask, jsonOf } from './ask.ts'
import type { Cdn } from './cdn.ts'
import { headerOf, listsOf } from './tag-lists.ts'

// Documented: 256 keys a call, 1,024 bytes a key, 16 KB of keys in a header. Our tags have less than 50 bytes.
const KEYS_A_CALL = 256
const HEADER_BYTES = 16_000

// By key the id of its purge.
const Answer = z.record(z.string(), z.string())

/** Fastly's purge by surrogate key (its API, "Purge multiple surrogate key tags"). */
export const fastly = ({ base, token, zone }: { base: string; token: string; zone: string }): Cdn => ({
  name: 'fastly',
  tagHeader: (tags) => ['Surrogate-Key', headerOf(tags, ' ', HEADER_BYTES)],
  async purge(tags) {
    for (const list of listsOf(tags, { tags: KEYS_A_CALL, bytes: HEADER_BYTES })) {
      const text = await ask('Fastly', `${base}/service/${encodeURIComponent(zone)}/purge`, {
        method: 'POST',
        headers: { 'Fastly-Key': token, 'Surrogate-Key': list.join(' '), Accept: 'application/json' },
      })
      // A proxy between us may answer 200 too.
      const answer = Answer.safeParse(jsonOf(text))
      if (!answer.success || list.some((key) => answer.data[key] === undefined))
        throw new Error('Fastly did not confirm a purge')
    }
  },
})
