import type { Metrics } from '../../platform/telemetry.ts'
import type { EdgeMemory } from './edge-memory.ts'
import { createFiller, type Execute, type FillerOptions } from './fill.ts'
import { createPublicReads, type PublicReads, type PublicReadsOptions, type Result } from './public-reads.ts'

const SLOW_MS = 1_000

type EdgeOptions = Omit<FillerOptions, 'cache' | 'purges'> &
  Pick<PublicReadsOptions, 'operations' | 'schema' | 'log'> & {
    readonly memory: EdgeMemory
    readonly metrics: Metrics
  }

/** The edge cache of one HTTP process: what it keeps, how it finds what it lacks, and how it answers. */
export function createEdge({ memory, metrics, ...options }: EdgeOptions): PublicReads {
  const { cache, purges } = memory
  const counts = new Map<string, Map<Result, number>>()

  // The registry takes longer to count than a hit takes to answer.
  const count = (operation: string, result: Result) => {
    const results = counts.get(operation) ?? new Map<Result, number>()
    results.set(result, (results.get(result) ?? 0) + 1)
    counts.set(operation, results)
  }
  metrics.beforeScrape.push(() => {
    for (const [operation, results] of counts) {
      for (const [result, number] of results) metrics.publicReads.inc({ operation, result }, number)
    }
    counts.clear()
    metrics.edgeBytes.set(cache.bytes)
    metrics.edgeEntries.set(cache.size)
  })
  const execute: Execute = async (read, fill, source) => {
    const started = performance.now()
    try {
      return await options.execute(read, fill, source)
    } finally {
      const ms = performance.now() - started
      const operation = read.operation.name
      metrics.requestDuration.observe({ operation }, ms / 1_000)
      if (ms >= SLOW_MS) options.log.warn({ operation, source, ms: Math.round(ms) }, 'slow public read')
    }
  }
  const filler = createFiller({ ...options, execute, cache, purges })
  return createPublicReads({ ...options, cache, count, filler })
}
