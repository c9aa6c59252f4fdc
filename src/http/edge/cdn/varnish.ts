import { ask, inPieces } from './ask.ts'
import type { Cdn } from './cdn.ts'

// Varnish reads at most 8 KB of one header line; a tag has less than 50 characters.
const TAGS_A_CALL = 100

/** Varnish with vmod xkey, as deploy/varnish sets it up. Each node has its own cache, so each is told. */
export const varnish = (nodes: readonly string[]): Cdn => ({
  name: 'varnish',
  tagHeader: (tags) => ['xkey', tags.join(' ')],
  async purge(tags) {
    const calls = inPieces(tags, TAGS_A_CALL).flatMap((piece) =>
      nodes.map((node) =>
        ask('Varnish', `${node}/`, { method: 'PURGE', headers: { 'xkey-purge': piece.join(' ') } }),
      ),
    )
    const failed = (await Promise.allSettled(calls)).find((call) => call.status === 'rejected')
    if (failed) throw failed.reason
  },
})
