/** Remembers which tags were purged and when, for fills that are under way: they must not store what they read before. */
export interface PurgeLog {
  /** To be given to purgedSince later. */
  moment(): number
  note(tags: readonly string[]): void
  /** Everything counts as purged now: purges may have been missed. */
  noteAll(): void
  purgedSince(moment: number, content: { readonly tags: readonly string[] }): boolean
  purgedWithin(tags: readonly string[], milliseconds: number): boolean
}

// Longer than a fill takes and than a replica lags.
const MEMORY_MS = 120_000
const PRUNE_ABOVE = 1_000

export function createPurgeLog(): PurgeLog {
  // Counted and not timed, because two things in one millisecond have an order too.
  let count = 0
  let allAt = 0
  const purged = new Map<string, { count: number; at: number }>()

  return {
    moment: () => count,
    note(tags) {
      count += 1
      const at = performance.now()
      for (const tag of tags) {
        // Put back last, so that the oldest stand in front.
        purged.delete(tag)
        purged.set(tag, { count, at })
      }
      if (purged.size > PRUNE_ABOVE) {
        for (const [tag, one] of purged) {
          if (at - one.at < MEMORY_MS) break
          purged.delete(tag)
        }
      }
    },
    noteAll() {
      count += 1
      allAt = count
    },
    purgedSince: (moment, content) =>
      // Nearly always nothing was purged at all, and the tags need not be looked at.
      count > moment &&
      (allAt > moment || content.tags.some((tag) => (purged.get(tag)?.count ?? 0) > moment)),
    purgedWithin(tags, milliseconds) {
      const since = performance.now() - milliseconds
      return tags.some((tag) => (purged.get(tag)?.at ?? Number.NEGATIVE_INFINITY) >= since)
    },
  }
}
