// More processes on one database and one Redis, and a database that answers when a test says so.
import { setTimeout as sleep } from 'node:timers/promises'
import type { PrismaClient } from '../../src/platform/prisma.ts'
import { startApp, type TestApp } from './app.ts'

/** Another process that serves the same season. */
export const replicaOf = (
  app: TestApp,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestApp> =>
  startApp({
    environment: {
      DATABASE_URL: app.databaseUrl,
      REDIS_URL: app.environment['REDIS_URL'] ?? '',
      REDIS_CACHE_URL: app.environment['REDIS_CACHE_URL'] ?? '',
      ...environment,
    },
  })

export interface Gate {
  /** How many reads have their rows and wait. */
  waiting(): number
  open(): void
}

/**
 * From now on the next `count` reads of events through `app` have read their rows and hold them back until the gate opens,
 * as a slow network would. What comes later passes.
 */
export function holdBack({ app }: TestApp, count = 1): Gate {
  const { deps } = app
  const { prisma } = deps
  let left = count
  let waiting = 0
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const slowly =
    (read: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]) => {
      const rows = await read(...args)
      if (left-- > 0) {
        waiting += 1
        await opened
      }
      return rows
    }
  const event = new Proxy(prisma.event, {
    get(target, name) {
      const member = Reflect.get(target, name)
      return name === 'findUnique' || name === 'findMany' ? slowly(member.bind(target)) : member
    },
  })
  const slow: PrismaClient = new Proxy(prisma, {
    get: (target, name) => (name === 'event' ? event : Reflect.get(target, name)),
  })
  Object.assign(deps, { prisma: slow })
  return {
    waiting: () => waiting,
    open() {
      Object.assign(deps, { prisma })
      open()
    },
  }
}

/** Waits for the reads that a gate holds back. */
export async function held(gate: Gate, count = 1): Promise<void> {
  while (gate.waiting() < count) await sleep(5)
}
