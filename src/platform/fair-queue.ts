/** Items that wait: shares are served in proportion to their weights, and the keys of one share in turns. */
export interface FairQueue<Share extends string, T> {
  readonly size: number
  /** How many wait under this key of this share. */
  waiting(share: Share, key: string): number
  /** How many keys of this share have something waiting. */
  keys(share: Share): number
  /** What part of the whole this share gets while all that wait now keep waiting, were one of its own among them: 0 to 1. */
  part(share: Share): number
  add(share: Share, key: string, item: T): void
  /** Takes whose turn it is; undefined when nobody waits. */
  next(): T | undefined
  remove(share: Share, key: string, item: T): void
}

interface Lane<T> {
  readonly weight: number
  /** Grows by 1 / weight with each item that was served: the smallest is next (stride scheduling). */
  pass: number
  /** In the order of their turns. */
  readonly items: Map<string, T[]>
}

/**
 * A queue in which nobody waits for another key's crowd: an item comes behind at most one item of every other key of its
 * share, and behind those of its own key that came before. Adding and taking cost the same however many wait.
 */
export function createFairQueue<Share extends string, T>(
  weights: Readonly<Record<Share, number>>,
): FairQueue<Share, T> {
  const names = Object.keys(weights) as Share[]
  const lanes = new Map(
    names.map((name) => [name, { weight: weights[name], pass: 0, items: new Map() } as Lane<T>]),
  )
  const all = [...lanes.values()]
  let size = 0
  // The pass of whatever was served last: who was idle gains nothing by it.
  let now = 0
  const laneOf = (share: Share): Lane<T> => {
    const lane = lanes.get(share)
    if (!lane) throw new Error(`There is no share ${share}.`)
    return lane
  }
  return {
    get size() {
      return size
    },
    waiting: (share, key) => laneOf(share).items.get(key)?.length ?? 0,
    keys: (share) => laneOf(share).items.size,
    part(share) {
      const own = laneOf(share)
      const busy = all.filter((lane) => lane === own || lane.items.size > 0)
      return own.weight / busy.reduce((sum, { weight }) => sum + weight, 0)
    },
    add(share, key, item) {
      const lane = laneOf(share)
      if (lane.items.size === 0) lane.pass = Math.max(lane.pass, now)
      const line = lane.items.get(key)
      if (line) line.push(item)
      else lane.items.set(key, [item])
      size += 1
    },
    next() {
      let first: Lane<T> | undefined
      for (const lane of all) if (lane.items.size > 0 && (!first || lane.pass < first.pass)) first = lane
      const [turn] = first?.items ?? []
      if (!first || !turn) return undefined
      const [key, line] = turn
      const item = line.shift()
      now = first.pass
      first.pass += 1 / first.weight
      first.items.delete(key)
      if (line.length > 0) first.items.set(key, line)
      size -= 1
      return item
    },
    remove(share, key, item) {
      const { items } = laneOf(share)
      const line = items.get(key)
      const at = line?.indexOf(item) ?? -1
      if (!line || at < 0) return
      line.splice(at, 1)
      if (line.length === 0) items.delete(key)
      size -= 1
    },
  }
}
