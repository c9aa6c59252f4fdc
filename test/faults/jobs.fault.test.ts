// What becomes of jobs when Redis forgets them or their process dies.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { addJobs, allDone, openRows, workJobs } from '../setup/jobs.ts'
import { nameOrganizer } from '../setup/name-organizer.ts'
import { type PrivateRedis, privateRedis } from '../setup/private-redis.ts'
import { eventually } from '../setup/shop.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

async function anApp(): Promise<{ app: TestApp; redis: PrivateRedis }> {
  const redis = await privateRedis()
  closings.push(() => redis.stop())
  const app = await startApp({ environment: { REDIS_URL: redis.url } })
  closings.push(() => app.close())
  return { app, redis }
}

const effects = (app: TestApp): Promise<number> => app.prisma.organizer.count()

test('Redis emptied again and again while 400 jobs are drained: none is lost, and each has one effect', async () => {
  const { app, redis } = await anApp()
  await addJobs(app, 'slow', 400)
  const begun: string[] = []
  const jobs = workJobs(app, redis.url, {
    async slow(id) {
      begun.push(id)
      await nameOrganizer(app.prisma, id)
    },
  })
  closings.push(() => jobs.close())
  for (const done of [50, 150, 250]) {
    await eventually(async () => begun.length >= done, 30)
    await redis.client.flushall()
    app.clock.advance(61)
  }
  await eventually(async () => {
    app.clock.advance(5)
    return (await openRows(app, 'slow')) === 0
  }, 40)
  expect(await effects(app)).toBe(400)
  expect(await app.prisma.outbox.count({ where: { closedAt: null } })).toBe(0)
}, 90_000)

test('Redis killed and started again in the middle of a drain: the drain goes on and loses nothing', async () => {
  const { app, redis } = await anApp()
  await addJobs(app, 'slow', 300)
  const jobs = workJobs(app, redis.url, { slow: async (id) => void (await nameOrganizer(app.prisma, id)) })
  closings.push(() => jobs.close())
  await eventually(async () => (await effects(app)) >= 50, 30)
  await redis.kill()
  await redis.start()
  await eventually(async () => {
    app.clock.advance(5)
    return (await openRows(app, 'slow')) === 0
  }, 40)
  expect(await effects(app)).toBe(300)
}, 90_000)

test('kill -9 after the effect of a job and before its row is closed: it runs again, and its effect is there once', async () => {
  const { app, redis } = await anApp()
  await addJobs(app, 'hangs', 1)
  const child = spawn(process.execPath, ['test/setup/job-process.ts'], {
    env: { PATH: process.env['PATH'], ...app.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  closings.push(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const died = once(child, 'exit')
  child.kill('SIGKILL')
  await died
  expect(await openRows(app, 'hangs')).toBe(1)
  let runs = 0
  const jobs = workJobs(app, redis.url, {
    async hangs(id) {
      runs += 1
      await nameOrganizer(app.prisma, id)
    },
  })
  closings.push(() => jobs.close())
  app.clock.advance(61)
  await allDone(app, 'hangs')
  expect(runs).toBe(1)
  expect(await effects(app)).toBe(1)
  expect(await app.prisma.outbox.findFirstOrThrow({ where: { kind: 'hangs' } })).toMatchObject({
    attempts: 2,
  })
}, 60_000)
