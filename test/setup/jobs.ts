// Jobs of a test's own: kinds that nobody else has, worked by the real relay and worker.
import type { Deps } from '../../src/platform/deps.ts'
import { newId } from '../../src/platform/ids.ts'
import { type JobOptions, type Jobs, startJobs } from '../../src/platform/jobs.ts'
import { enqueue } from '../../src/platform/outbox.ts'
import { NOBODY } from '../../src/platform/outbox-rows.ts'
import { openQueueRedis } from '../../src/platform/redis.ts'
import type { Handler } from '../../src/platform/work-jobs.ts'
import type { TestApp } from './app.ts'
import { eventually } from './shop.ts'

/** Works jobs in this process until closed. */
export function workJobs(
  { app }: { readonly app: { readonly deps: Deps } },
  redisUrl: string,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<JobOptions> = {},
): Jobs {
  const connection = openQueueRedis(redisUrl, app.deps.log)
  const jobs = startJobs(app.deps, {
    connection,
    handlers,
    chores: [],
    pollMs: 25,
    concurrency: 4,
    messageKinds: [],
    messagesPerSecond: 10_000,
    ownerOf: async () => NOBODY,
    ...options,
  })
  return {
    async close() {
      await jobs.close()
      connection.disconnect()
    },
  }
}

/** So many jobs of one kind, due now. */
export async function addJobs(
  { app, prisma }: Pick<TestApp, 'app' | 'prisma'>,
  kind: string,
  count: number,
): Promise<void> {
  const jobs = Array.from({ length: count }, (_, n) => ({ kind, payload: { n } }))
  await enqueue(app.deps, prisma, jobs)
}

/** A job that was given up, of an organizer unless told otherwise. */
export async function addDeadLetter(
  { app, prisma }: Pick<TestApp, 'app' | 'prisma'>,
  organizerId: string | null,
  values: object = {},
): Promise<string> {
  const id = newId()
  const now = app.deps.clock.now()
  const row = { id, kind: 'send-tickets', payload: { orderId: newId() }, dueAt: now, createdAt: now }
  await prisma.outbox.create({
    data: { ...row, attempts: 12, lastAttemptAt: now, deadAt: now, error: 'Error', organizerId, ...values },
  })
  return id
}

export const openRows = ({ prisma }: Pick<TestApp, 'prisma'>, kind: string): Promise<number> =>
  prisma.outbox.count({ where: { kind, closedAt: null, deadAt: null } })

export const allDone = (app: Pick<TestApp, 'prisma'>, kind: string, seconds?: number): Promise<void> =>
  eventually(async () => (await openRows(app, kind)) === 0, seconds)
