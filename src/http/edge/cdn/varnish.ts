import { ask } from './ask.ts'
import type { Cdn } from './cdn.ts'
import { headerOf, listsOf } from './tag-lists.ts'

// Varnish reads 8 KiB of one header line (http_req_hdr_len, http_resp_hdr_len), its name included.
const HEADER_BYTES = 8_000

/** Varnish with vmod xkey, as deploy/varnish sets it up. Each node has its own cache, so each is told. */
export const varnish = (nodes: readonly string[]): Cdn => ({
  name: 'varnish',
  tagHeader: (tags) => ['xkey', headerOf(tags, ' ', HEADER_BYTES)],
  async purge(tags) {
    const calls = listsOf(tags, { tags: tags.length, bytes: HEADER_BYTES }).flatMap((list) =>
      nodes.map((node) =>
        ask('Varnish', `${node}/`, { method: 'PURGE', headers: { 'xkey-purge': list.join(' ') } }),
      ),
    )
    // All are awaited: one that is away must not keep the others from hearing it.
    const failed = (await Promise.allSettled(calls)).find((call) => call.status === 'rejected')
    if (failed) throw failed.reason
  },
})
