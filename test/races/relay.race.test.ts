// Several relays and workers on one outbox.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginAttempts, claimDue } from '../../src/platform/outbox-rows.ts'
import { startApp, type TestApp } from '../setup/app.ts'
import { addJobs, allDone, workJobs } from '../setup/jobs.ts'
import { replicaOf } from '../setup/replicas.ts'

const EVERY_KIND = { allBut: [] }

let app: TestApp
let other: TestApp

beforeAll(async () => {
  app = await startApp()
  other = await replicaOf(app)
})
afterAll(async () => {
  await other.close()
  await app.close()
})

test('relays that claim at once share the rows out, and none gets one that another has', async () => {
  await addJobs(app, 'shared out', 2_000)
  const claims = await Promise.all(
    Array.from({ length: 16 }, (_, n) =>
      claimDue((n % 2 ? app : other).app.deps, EVERY_KIND, new Date(0), 125),
    ),
  )
  const ids = claims.flat().map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  // Who skips locked rows may go home with fewer than asked for; whoever comes next finds the rest.
  ids.push(...(await claimDue(app.app.deps, EVERY_KIND, new Date(0), 2_000)).map(({ id }) => id))
  expect(new Set(ids).size).toBe(2_000)
  expect(ids.length).toBe(2_000)
})

test('of copies of one job that begin at once exactly one runs', async () => {
  await app.prisma.outbox.deleteMany()
  await addJobs(app, 'copies', 50)
  const rows = await app.prisma.outbox.findMany({ where: { kind: 'copies' } })
  const offers = rows.map(({ id }) => ({ id, attempts: 0 }))
  const begun = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      Promise.all(offers.map((offer) => beginAttempts((n % 2 ? app : other).app.deps, [offer]))),
    ),
  )
  const running = begun.flat(2).filter((row) => row !== null)
  expect(running).toHaveLength(50)
})

test('four processes with a Redis of their own each drain 600 jobs, and each job runs once', async () => {
  await app.prisma.outbox.deleteMany()
  await addJobs(app, 'drained', 600)
  const runs = new Map<string, number>()
  const drained = async (id: string) => {
    runs.set(id, (runs.get(id) ?? 0) + 1)
  }
  // Apart, so that no queue can hide that a row was handed over twice.
  const third = await startApp()
  const urls = [app, third].map(({ environment }) => environment['REDIS_URL'] ?? '')
  const workers = [app, other].flatMap((one) => urls.map((url) => workJobs(one, url, { drained })))
  try {
    await allDone(app, 'drained', 60)
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
    await third.close()
  }
  expect(runs.size).toBe(600)
  expect([...runs.values()].every((times) => times === 1)).toBe(true)
  expect(await app.prisma.outbox.count({ where: { kind: 'drained', attempts: { not: 1 } } })).toBe(0)
}, 90_000)
