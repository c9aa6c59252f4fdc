import { setImmediate } from 'node:timers/promises'
import type { Review } from '../../generated/prisma/client.ts'
import type { Deps } from '../../platform/deps.ts'
import { type Connection, type Page, type PageArgs, paginate, type Sort } from '../../platform/pagination.ts'
import { reviewsByItem } from './queries.ts'

interface Batch {
  readonly ids: Set<string>
  readonly rows: Promise<ReadonlyMap<string, Review[]>>
}

const newest: Sort<Review> = { name: 'NEWEST', column: 'createdAt', direction: 'desc', kind: 'date' }
const waiting = new WeakMap<object, Map<string, Batch>>()

/** One page of the reviews of one item, the newest first. Items that ask in one tick for the same page share a statement. */
export const listReviews = (
  deps: Pick<Deps, 'prisma'>,
  merchandiseId: string,
  args: PageArgs,
): Promise<Connection<Review>> =>
  paginate<Review>(args, newest, async (page) => {
    const batch = batchFor(deps, page)
    batch.ids.add(merchandiseId)
    return (await batch.rows).get(merchandiseId) ?? []
  })

function batchFor(deps: Pick<Deps, 'prisma'>, page: Page): Batch {
  const open = waiting.get(deps.prisma) ?? new Map<string, Batch>()
  waiting.set(deps.prisma, open)
  const key = JSON.stringify(page)
  const found = open.get(key)
  if (found) return found
  const ids = new Set<string>()
  const load = async () => {
    await setImmediate()
    open.delete(key)
    return reviewsByItem(deps, [...ids], page)
  }
  const batch = { ids, rows: load() }
  open.set(key, batch)
  return batch
}
