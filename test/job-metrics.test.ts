import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../scripts/services/service.ts'
import { loadConfig } from '../src/config.ts'
import { createWorker } from '../src/job-runner.ts'
import { addSeconds } from '../src/platform/clock.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addDeadLetter, addJobs, workJobs } from './setup/jobs.ts'
import { eventually } from './setup/shop.ts'

const METRICS_TOKEN = 'metrics-token-of-a-test'
let app: TestApp

beforeAll(async () => {
  app = await startApp({ environment: { METRICS_TOKEN } })
})
afterAll(() => app.close())

/** The value of one metric with these labels; null when it is absent. */
async function metric(line: string, url = app.url): Promise<number | null> {
  const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } })
  expect(answer.status).toBe(200)
  const found = (await answer.text()).split('\n').find((one) => one.startsWith(`${line} `))
  return found === undefined ? null : Number(found.slice(line.length + 1))
}

test('metrics say how many jobs are due, for how long, put off and dead, of all processes together', async () => {
  const { deps } = app.app
  await addJobs(app, 'counted', 3)
  await addJobs(app, 'put off', 1)
  await addDeadLetter(app, null, { kind: 'counted' })
  const later = addSeconds(deps.clock.now(), 600)
  await app.prisma.outbox.updateMany({ where: { kind: 'put off' }, data: { attempts: 2, dueAt: later } })
  app.clock.advance(90)
  expect(await metric('karcis_jobs_due{kind="counted"}')).toBe(3)
  expect(await metric('karcis_jobs_dead{kind="counted"}')).toBe(1)
  expect(await metric('karcis_jobs_put_off{kind="put off"}')).toBe(1)
  const oldest = await metric('karcis_jobs_oldest_due_seconds{kind="counted"}')
  expect(oldest).toBeGreaterThanOrEqual(90)
  expect(oldest).toBeLessThan(150)
  expect(await metric('karcis_jobs_oldest_due_seconds{kind="put off"}')).toBeNull()
  await app.prisma.outbox.deleteMany()
  app.clock.advance(6)
  expect(await metric('karcis_jobs_due{kind="counted"}')).toBeNull()
})

test('a run of a job is counted by kind and outcome, with how long it took', async () => {
  await addJobs(app, 'timed', 2)
  const jobs = workJobs(app, app.environment['REDIS_URL'] ?? '', { timed: async () => undefined })
  await eventually(async () => (await metric('karcis_jobs_total{kind="timed",outcome="succeeded"}')) === 2)
  await jobs.close()
  expect(await metric('karcis_job_duration_seconds_count{kind="timed"}')).toBe(2)
})

test('the job process serves metrics and probes on a port of its own, and says when each chore was last done', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const environment = { ...app.environment, HOST: '127.0.0.1', WORKER_PORT: String(port) }
  const worker = await createWorker(loadConfig(environment))
  try {
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    expect((await fetch(`${url}/graphql`)).status).toBe(404)
    const done = 'karcis_chore_done_timestamp_seconds'
    for (const name of ['expire orders', 'clean idempotency keys', 'clean closed jobs', 'clean sessions']) {
      await eventually(async () => ((await metric(`${done}{name="${name}"}`, url)) ?? 0) > 1_700_000_000)
    }
  } finally {
    await worker.close()
  }
  await expect(fetch(`${url}/health/live`)).rejects.toThrow()
})

test('jobs that were done a week ago are deleted, dead letters and younger ones are not', async () => {
  await app.prisma.outbox.deleteMany()
  await addJobs(app, 'old', 2_500)
  await addJobs(app, 'young', 2)
  const day = 86_400_000
  const close = (kind: string, days: number) =>
    app.prisma.outbox.updateMany({
      where: { kind },
      data: { closedAt: new Date(Date.now() - days * day) },
    })
  await close('old', 8)
  await close('young', 6)
  await addDeadLetter(app, null, { kind: 'dead', deadAt: new Date(Date.now() - 90 * day) })
  const worker = await createWorker(loadConfig({ ...app.environment }))
  try {
    await eventually(async () => (await app.prisma.outbox.count({ where: { kind: 'old' } })) === 0)
  } finally {
    await worker.close()
  }
  expect(await app.prisma.outbox.groupBy({ by: ['kind'], _count: true, orderBy: { kind: 'asc' } })).toEqual([
    { kind: 'dead', _count: 1 },
    { kind: 'young', _count: 2 },
  ])
})
