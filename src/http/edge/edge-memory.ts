import { EdgeCache, type TagHeader } from './edge-cache.ts'
import { createPurgeLog, type PurgeLog } from './purge-log.ts'

/** What this process keeps of public answers and of their purges. Losing it costs only time. */
export interface EdgeMemory {
  readonly cache: EdgeCache
  readonly purges: PurgeLog
  /** These tags were purged: drops the answers, and those that are being read just now will not be kept. */
  forget(tags: readonly string[]): void
  /** Purges may have been missed: nothing is fresh any more. */
  distrust(now: Date): void
}

export function createEdgeMemory(maxBytes: number, tagHeader: TagHeader): EdgeMemory {
  const cache = new EdgeCache(maxBytes, tagHeader)
  const purges = createPurgeLog()
  return {
    cache,
    purges,
    forget(tags) {
      purges.note(tags)
      cache.purge(tags)
    },
    distrust(now) {
      purges.noteAll()
      cache.expire(now.getTime())
    },
  }
}
