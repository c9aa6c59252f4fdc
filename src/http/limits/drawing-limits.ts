import { createHash } from 'node:crypto'
import { createFairPlaces, type FairPlaces } from '../../platform/fair-places.ts'
import type { Limit, OpenLimiter, Standing } from '../../platform/limiter.ts'
import { openNetworkLimiter } from '../../platform/network-limiter.ts'
import type { Metrics } from '../../platform/telemetry.ts'

/** How often documents and pictures may be asked for, by whoever has their addresses. */
export interface DrawingLimits {
  /** Seconds to wait, or null: go on. Before anything is looked at. */
  ofNetwork(ip: string): Promise<number | null>
  /** The same for one document or picture, whichever network asks: links to it are made anew at will. */
  ofDocument(name: string): Promise<number | null>
  /** Places for reading what is to be drawn, by network. */
  readonly reading: FairPlaces
}

// Thousands of honest people open their tickets from behind one address at a gate: 30 per second, burst 300.
const NETWORK: Limit = { points: 300, seconds: 10 }
// Nobody opens one document more often by hand.
const DOCUMENT: Limit = { points: 30, seconds: 60 }

// To read a thousand tickets takes the event loop tens of milliseconds: one network's requests must not stack up to seconds.
const READING = { places: 8, placesOfOne: 2, waiting: 512, waitingOfOne: 128, patienceMs: 10_000 }

export function createDrawingLimits(open: OpenLimiter, metrics: Pick<Metrics, 'rateLimited'>): DrawingLimits {
  const networks = openNetworkLimiter(open, 'drawings-network', NETWORK)
  const documents = open('drawings-document', DOCUMENT)
  const judge = async (rule: string, counting: Promise<Standing>): Promise<number | null> => {
    const { allowed, resetSeconds } = await counting
    if (allowed) return null
    metrics.rateLimited.inc({ rule })
    return resetSeconds
  }
  return {
    reading: createFairPlaces(READING),
    ofNetwork: (ip) => judge('drawings-network', networks.take(ip)),
    // Redis is told no token, and no order.
    ofDocument: (name) =>
      judge(
        'drawings-token',
        documents.take(createHash('sha256').update(name).digest('base64url').slice(0, 22)),
      ),
  }
}
