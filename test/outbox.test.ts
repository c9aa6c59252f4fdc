import { afterAll, beforeAll, expect, test } from 'vitest'
import { enqueue } from '../src/platform/outbox.ts'
import { beginAttempts, claimDue, closeRows, withdraw } from '../src/platform/outbox-rows.ts'
import type { Sql } from '../src/platform/sql.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addJobs, allDone, workJobs } from './setup/jobs.ts'
import { eventually } from './setup/shop.ts'

let app: TestApp
let redisUrl: string

beforeAll(async () => {
  app = await startApp()
  redisUrl = app.environment['REDIS_URL'] ?? ''
})
afterAll(() => app.close())

const rowOf = (kind: string) => app.prisma.outbox.findFirstOrThrow({ where: { kind } })

const dead = async (kind: string): Promise<boolean> => (await rowOf(kind)).deadAt !== null

test('a job that fails waits a second, then two, then four, and is done when its cause is over', async () => {
  await addJobs(app, 'mends', 1)
  let left = 3
  const pauses: number[] = []
  const jobs = workJobs(app, redisUrl, {
    async mends() {
      if (left-- > 0) throw new Error('not yet')
    },
  })
  try {
    for (let failures = 1; failures <= 3; failures++) {
      await eventually(async () => {
        const { attempts, offeredAt } = await rowOf('mends')
        return attempts === failures && offeredAt === null
      })
      const { dueAt, lastAttemptAt, error } = await rowOf('mends')
      expect(error).toBe('Error: not yet')
      pauses.push(dueAt.getTime() - (lastAttemptAt?.getTime() ?? 0))
      app.clock.advance(4)
    }
    await allDone(app, 'mends')
  } finally {
    await jobs.close()
  }
  pauses.forEach((pause, index) => {
    const full = 1_000 * 2 ** index
    expect(pause).toBeGreaterThanOrEqual(full / 2)
    // What passes between the beginning of an attempt and its failure is added.
    expect(pause).toBeLessThanOrEqual(full + 2_000)
  })
  expect(await rowOf('mends')).toMatchObject({ attempts: 4, error: null, deadAt: null })
})

test('a job that never succeeds is dead after twelve attempts, and stays with what it said last', async () => {
  await addJobs(app, 'hopeless', 1)
  let runs = 0
  const jobs = workJobs(app, redisUrl, {
    async hopeless() {
      runs += 1
      throw new Error('nobody@example.com is not known')
    },
  })
  try {
    await eventually(async () => {
      app.clock.advance(1_800)
      return dead('hopeless')
    })
    await app.app.deps.redis.flushdb()
    app.clock.advance(3_600)
    await addJobs(app, 'unknown kind', 1)
    await eventually(async () => (await rowOf('unknown kind')).attempts > 0)
  } finally {
    await jobs.close()
  }
  expect(runs).toBe(12)
  expect(await rowOf('hopeless')).toMatchObject({
    attempts: 12,
    closedAt: null,
    error: 'Error: … is not known',
  })
})

test('a job that ends its process each time is dead after twelve attempts as well', async () => {
  await addJobs(app, 'kills', 1)
  await app.prisma.outbox.updateMany({
    where: { kind: 'kills' },
    data: { attempts: 12, offeredAt: new Date(0) },
  })
  const jobs = workJobs(app, redisUrl, {})
  try {
    await eventually(() => dead('kills'))
  } finally {
    await jobs.close()
  }
  expect((await rowOf('kills')).error).toBe('The process ended while the job ran.')
})

test('a copy of a job that somebody else has begun, done or given up does not run', async () => {
  const { deps } = app.app
  await addJobs(app, 'copied', 1)
  const { id } = await rowOf('copied')
  const [first, second] = await beginAttempts(deps, [
    { id, attempts: 0 },
    { id, attempts: 0 },
  ])
  expect([first?.attempts, second]).toEqual([1, null])
  expect(await beginAttempts(deps, [{ id, attempts: 0 }])).toEqual([null])
  await closeRows(deps, [id])
  expect(await beginAttempts(deps, [{ id, attempts: 1 }])).toEqual([null])
  await app.prisma.outbox.update({ where: { id }, data: { closedAt: null, deadAt: deps.clock.now() } })
  expect(await beginAttempts(deps, [{ id, attempts: 1 }])).toEqual([null])
})

test('Redis holds at most a thousand jobs, and nothing of what they are about', async () => {
  const { redis } = app.app.deps
  await redis.flushdb()
  await addJobs(app, 'piles up', 1_600)
  const release = Promise.withResolvers<void>()
  const jobs = workJobs(app, redisUrl, { 'piles up': () => release.promise })
  try {
    const offered = () => app.prisma.outbox.count({ where: { kind: 'piles up', offeredAt: { not: null } } })
    await eventually(async () => (await redis.llen('{karcis}:jobs:wait')) >= 996)
    expect(await offered()).toBeLessThanOrEqual(1_004)
    const keys = await redis.keys('{karcis}:jobs:*')
    const texts = await Promise.all(
      keys.filter((key) => key.endsWith('.0') || /\.\d+$/.test(key)).map((key) => redis.hget(key, 'data')),
    )
    expect(texts.length).toBeGreaterThan(900)
    for (const text of texts) expect(Object.keys(JSON.parse(text ?? '{}'))).toEqual(['id', 'attempts'])
    release.resolve()
    await allDone(app, 'piles up', 60)
  } finally {
    release.resolve()
    await jobs.close()
  }
}, 90_000)

test('what was claimed is not claimed again until nothing was heard of it for a minute', async () => {
  const { deps } = app.app
  await addJobs(app, 'claimed', 3)
  const claim = async () => {
    const silentSince = new Date(deps.clock.now().getTime() - 60_000)
    return (await claimDue(deps, { allBut: [] }, silentSince, 1_000)).filter(({ kind }) => kind === 'claimed')
      .length
  }
  expect(await claim()).toBe(3)
  expect(await claim()).toBe(0)
  app.clock.advance(61)
  expect(await claim()).toBe(3)
})

test('a relay does not look at the rows of kinds that it does not take, however many are due', async () => {
  await addJobs(app, 'told by mail', 5_000)
  await addJobs(app, 'taken', 3)
  await app.prisma.$executeRaw`ANALYZE outbox`
  await app.prisma.$transaction(async (tx) => {
    const read = async () => {
      const [seen] = await tx.$queryRaw<{ rows: bigint }[]>`
        SELECT seq_tup_read + idx_tup_fetch AS rows FROM pg_stat_xact_user_tables WHERE relname = 'outbox'`
      return Number(seen?.rows)
    }
    const before = await read()
    const deps = { clock: app.clock, prisma: tx }
    const claimed = await claimDue(deps, { allBut: ['told by mail'] }, new Date(0), 250)
    expect(claimed.filter(({ kind }) => kind === 'taken').length).toBe(3)
    expect(claimed.every(({ kind }) => kind !== 'told by mail')).toBe(true)
    // A few for each row that it took, and for each kind that there is.
    expect((await read()) - before).toBeLessThan(100)
  })
})

test('a job that another process began meanwhile is not given back', async () => {
  const { deps } = app.app
  await addJobs(app, 'given back', 2)
  const offers = await claimDue(deps, { only: [['given back']] }, new Date(0), 2)
  const [begun, waits] = offers
  expect(await beginAttempts(deps, begun ? [begun] : [])).toHaveLength(1)
  expect(await withdraw(app.prisma, offers)).toBe(1)
  const again = await claimDue(deps, { only: [['given back']] }, new Date(0), 2)
  expect(again.map(({ id }) => id)).toEqual([waits?.id])
})

test('when more is due than may be claimed, what matters most goes first, however long the rest has been due', async () => {
  const { deps } = app.app
  await addJobs(app, 'expired', 5)
  app.clock.advance(60)
  await addJobs(app, 'paid', 3)
  const claimed = await claimDue(deps, { only: [['paid'], ['expired']] }, new Date(0), 4)
  expect(claimed.map(({ kind }) => kind).sort()).toEqual(['expired', 'paid', 'paid', 'paid'])
})

test('what one causer has due keeps nobody waiting and is not looked at, and of more than can be claimed each has a turn', async () => {
  const { deps } = app.app
  const kinds = { only: [['crowded']] }
  const add = (fairnessBucket: number, count: number) =>
    enqueue(
      deps,
      app.prisma,
      Array.from({ length: count }, (_, n) => ({ kind: 'crowded', payload: { n }, fairnessBucket })),
    )
  await add(7, 5_000)
  for (const bucket of [1, 9, 500, 1_023]) await add(bucket, 2)
  await app.prisma.$executeRaw`ANALYZE outbox`
  const served = new Map<number, number>()
  const claim = async (most: number, client: Sql = app.prisma) => {
    const rows = await claimDue({ clock: app.clock, prisma: client }, kinds, new Date(0), most, served)
    for (const row of rows) served.set(row.rank, row.fairnessBucket)
    return rows.map(({ fairnessBucket }) => fairnessBucket)
  }
  // Fewer than there are causers: the turns go on where they were left.
  expect([await claim(2), await claim(2), await claim(2)].flat()).toEqual([1, 7, 9, 500, 1_023, 1])
  await app.prisma.$transaction(async (tx) => {
    const read = async () => {
      const [seen] = await tx.$queryRaw<{ rows: bigint }[]>`
        SELECT seq_tup_read + idx_tup_fetch AS rows FROM pg_stat_xact_user_tables WHERE relname = 'outbox'`
      return Number(seen?.rows)
    }
    const before = await read()
    const rows = await claim(20, tx)
    expect([9, 500, 1_023].filter((bucket) => !rows.includes(bucket))).toEqual([])
    expect((await read()) - before).toBeLessThan(100)
  })
  // A causer that is alone has all the room.
  expect((await claim(250)).length).toBe(250)
})
