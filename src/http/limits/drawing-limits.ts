import { createHash } from 'node:crypto'
import type { Limit, OpenLimiter, Standing } from '../../platform/limiter.ts'
import { openNetworkLimiter } from '../../platform/network-limiter.ts'
import type { Metrics } from '../../platform/telemetry.ts'

/** How often documents and pictures may be asked for, by whoever has their addresses. */
export interface DrawingLimits {
  /** Seconds to wait, or null: go on. Before anything is looked at. */
  ofNetwork(ip: string): Promise<number | null>
  /** The same for one document or picture, whichever network asks: links to it are made anew at will. */
  ofDocument(name: string): Promise<number | null>
}

// Thousands of honest people open their tickets from behind one address at a gate: 30 per second, burst 300.
const NETWORK: Limit = { points: 300, seconds: 10 }
// Nobody opens one document more often by hand.
const DOCUMENT: Limit = { points: 30, seconds: 60 }

export function createDrawingLimits(open: OpenLimiter, metrics: Pick<Metrics, 'rateLimited'>): DrawingLimits {
  const networks = openNetworkLimiter(open, 'drawings-network', NETWORK)
  const tokens = open('drawings-document', DOCUMENT)
  const judge = async (rule: string, counting: Promise<Standing>): Promise<number | null> => {
    const { allowed, resetSeconds } = await counting
    if (allowed) return null
    metrics.rateLimited.inc({ rule })
    return resetSeconds
  }
  return {
    ofNetwork: (ip) => judge('drawings-network', networks.take(ip)),
    // Redis is told no token.
    ofDocument: (name) =>
      judge(
        'drawings-token',
        tokens.take(createHash('sha256').update(name).digest('base64url').slice(0, 22)),
      ),
  }
}
