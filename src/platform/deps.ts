import type { Redis } from 'ioredis'
import type { Clock } from './clock.ts'
import type { PrismaClient } from './prisma.ts'
import type { PublicChanges } from './public-changes.ts'
import type { Settings } from './settings.ts'
import type { Log, Metrics } from './telemetry.ts'
import type { Transact } from './transact.ts'

/** What every command and query may use. Built once in app.ts. */
export interface Deps {
  readonly settings: Settings
  readonly prisma: PrismaClient
  /** Transactions without Prisma, for what is asked thousands of times a minute. Through serializable.ts alone. */
  readonly transact: Transact
  readonly redis: Redis
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly publicChanges: PublicChanges
}
