import { LRUCache } from 'lru-cache'
import { contentVersion, type Drawn, type QrDrawer } from '../../platform/drawn.ts'
import { createFairPlaces, type FairPlacesOptions } from '../../platform/fair-places.ts'
import type { Log, Metrics } from '../../platform/telemetry.ts'
import { createThreadPool } from '../../platform/thread-pool.ts'
import type { DrawTasks } from './draw-tasks.ts'

/** Everything that draws. It is done in threads, a few at a time, and kept for a while by what is shown. */
export interface Drawing extends QrDrawer {
  /** `network`: who asks, for fairness; null for work of our own. */
  draw<T extends keyof DrawTasks>(name: T, input: DrawTasks[T], network: string | null): Drawn
  /** How many threads there are now. */
  threads(): number
  close(): Promise<void>
}

// One for what takes long and one for all else: a process is a core's work, and these come after its event loop.
const THREADS = 2
const QUEUE: FairPlacesOptions = {
  places: THREADS,
  placesOfOne: THREADS - 1,
  waiting: 64,
  waitingOfOne: 16,
  patienceMs: 10_000,
}
// A thousand tickets take some seconds, on a busy machine some more.
const TIMEOUT_MS = 60_000
const IDLE_MS = 30_000
const HEAP_MB = 256
const KEPT_BYTES = 24 * 1_024 * 1_024
// What is known of a document besides its bytes.
const ENTRY_BYTES = 200

export function createDrawing({
  log,
  metrics,
  keptBytes = KEPT_BYTES,
}: {
  readonly log: Log
  readonly metrics: Pick<Metrics, 'drawings'>
  /** How much of what was drawn is kept. */
  readonly keptBytes?: number
}): Drawing {
  const file = new URL('./draw-thread.ts', import.meta.url)
  const pool = createThreadPool({
    file,
    threads: THREADS,
    timeoutMs: TIMEOUT_MS,
    idleMs: IDLE_MS,
    heapMb: HEAP_MB,
    log,
  })
  const queue = createFairPlaces(QUEUE)
  const kept = new LRUCache<string, Buffer>({
    maxSize: keptBytes,
    // One large document must not drive out all others.
    maxEntrySize: keptBytes / 2,
    sizeCalculation: ({ byteLength }) => byteLength + ENTRY_BYTES,
  })
  const underWay = new Map<string, Promise<Buffer>>()

  async function make(name: keyof DrawTasks, input: unknown, version: string, network: string | null) {
    try {
      const body = await queue.run(network, () => pool.run(name, input))
      kept.set(version, body)
      metrics.drawings.inc({ kind: name, outcome: 'drawn' })
      return body
    } catch (error) {
      metrics.drawings.inc({ kind: name, outcome: 'refused' })
      throw error
    } finally {
      underWay.delete(version)
    }
  }

  function body(name: keyof DrawTasks, input: unknown, version: string, network: string | null) {
    const known = kept.get(version)
    if (known) {
      metrics.drawings.inc({ kind: name, outcome: 'kept' })
      return Promise.resolve(known)
    }
    const other = underWay.get(version)
    if (other) {
      metrics.drawings.inc({ kind: name, outcome: 'joined' })
      return other
    }
    const making = make(name, input, version, network)
    underWay.set(version, making)
    return making
  }

  const draw: Drawing['draw'] = (name, input, network) => {
    const version = versionOf(name, input)
    return { version, body: () => body(name, input, version, network) }
  }
  return {
    draw,
    qr: (text, format, network) => draw('qr', { text, format }, network),
    threads: pool.size,
    close: pool.close,
  }
}

/** Of all that a drawing is made of, so that nothing shown can change without it. */
const versionOf = (name: string, input: unknown): string =>
  contentVersion(
    JSON.stringify([name, input], (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
  )
