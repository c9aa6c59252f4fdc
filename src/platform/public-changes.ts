import type { Deps } from './deps.ts'
import { enqueue } from './outbox.ts'
import type { Sql } from './sql.ts'

/** Tells caches at once that answers with these tags are old. A job makes sure of it. */
export interface PublicChanges {
  announce(tags: readonly string[]): void
}

export const PURGE_PUBLIC = 'purge-public'

const changes = new WeakMap<Sql, Set<string>>()

/**
 * Notes in the transaction of a change that the public sees it: after the commit every cache forgets the answers with
 * these tags. The job that commits along repeats what a crash or an outage of Redis or of the CDN would lose.
 */
export async function changed(deps: Pick<Deps, 'clock'>, tx: Sql, tags: readonly string[]): Promise<void> {
  const known = changes.get(tx) ?? new Set<string>()
  const news = tags.filter((tag) => !known.has(tag))
  if (news.length === 0) return
  for (const tag of news) known.add(tag)
  changes.set(tx, known)
  await enqueue(deps, tx, [{ kind: PURGE_PUBLIC, payload: { tags: news } }])
}

/** What was noted in this transaction; for serializable.ts, which announces it once it has committed. */
export const changesIn = (tx: Sql): readonly string[] => [...(changes.get(tx) ?? [])]
