import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addJobs, allDone, workJobs } from './setup/jobs.ts'
import { privateRedis } from './setup/private-redis.ts'
import { eventually } from './setup/shop.ts'

const token = randomBytes(24).toString('base64url')
let app: TestApp

beforeAll(async () => {
  app = await startApp({ environment: { JOBS_BOARD_TOKEN: token } })
})
afterAll(() => app.close())

const basic = (password: string, user = 'ops'): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

const get = (path: string, authorization: string | null = basic(token), init: RequestInit = {}) =>
  fetch(`${app.url}${path}`, { ...init, headers: authorization ? { Authorization: authorization } : {} })

const ADDRESSES = ['/jobs', '/jobs/', '/jobs/api/queues', '/jobs/queue/jobs', '/jobs/static/js/x.js'] as const

describe.each(ADDRESSES)('%s', (address) => {
  test.each([
    ['nothing', null],
    ['another password', basic(`${token}x`)],
    ['a part of it', basic(token.slice(0, -1))],
    ['an empty password', basic('')],
    ['the token as a user', basic('', token)],
    ['a bearer token', `Bearer ${token}`],
    ['what is no base64', 'Basic ::::'],
    ['no credentials', 'Basic'],
  ])('is refused with 401 to whoever brings %s', async (_what, authorization) => {
    const answer = await get(address, authorization)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).not.toContain('bull')
  })
})

test('the page and every file that it names are there, and nothing is kept or fetched from elsewhere', async () => {
  const answer = await get('/jobs')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const policy = answer.headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/script-src[^;]*(unsafe|\*|http)/)
  const page = await answer.text()
  expect(page).not.toContain('<%')
  expect(page).toContain('<base href="/jobs/"')
  const files = [...page.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file ?? '')
  expect(files.filter((file) => file.endsWith('.js')).length).toBeGreaterThan(1)
  for (const file of files) {
    const found = await get(`/jobs/${file}`)
    expect(found.status, file).toBe(200)
    expect(found.headers.get('content-type')).not.toMatch(/html|plain/)
    expect((await found.arrayBuffer()).byteLength).toBeGreaterThan(100)
  }
})

test.each([
  '/jobs/static/..%2f..%2fpackage.json',
  '/jobs/static/%2e%2e/index.ejs',
  '/jobs/static/nothing.js',
])('%s leads nowhere', async (address) => {
  const answer = await get(address)
  expect(await answer.text()).not.toContain('bull-board')
  expect([404, 200]).toContain(answer.status)
})

test('jobs are shown by kind and id, a failed one with why, and never with what it is about', async () => {
  await addJobs(app, 'told to nobody', 1)
  await app.prisma.outbox.updateMany({ data: { payload: { email: 'budi@example.com' } } })
  const jobs = workJobs(app, app.environment['REDIS_URL'] ?? '', {
    async 'told to nobody'() {
      throw new Error('budi@example.com is not known')
    },
  })
  try {
    await eventually(async () => (await app.prisma.outbox.count({ where: { error: { not: null } } })) === 1)
    await eventually(async () => (await queue()).counts.failed >= 1)
  } finally {
    await jobs.close()
  }
  const { id } = await app.prisma.outbox.findFirstOrThrow({ where: { kind: 'told to nobody' } })
  const shown = await queue()
  expect(shown.jobs[0]).toMatchObject({
    name: 'told to nobody',
    data: { id, attempts: 0 },
    failedReason: 'Error: … is not known',
  })
  expect(JSON.stringify(shown)).not.toMatch(/budi|example\.com|src\/|at .*\.ts/)
  expect(shown.readOnlyMode).toBe(true)

  async function queue() {
    const answer = await get('/jobs/api/queues?activeQueue=jobs&status=failed&page=1&jobsPerPage=10')
    expect(answer.status).toBe(200)
    const body = await answer.json()
    return body.queues[0]
  }
})

test('the queue of messages is shown beside the other', async () => {
  const { queues } = await (await get('/jobs/api/queues')).json()
  expect(queues.map(({ name }: { name: string }) => name)).toEqual(['jobs', 'messages'])
})

test('there is no way to change the queue through it', async () => {
  await addJobs(app, 'kept', 1)
  const changes = ['clean/failed', 'pause', 'resume', 'empty', 'obliterate', 'add', 'retry/failed', 'promote']
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const change of changes) {
      const answer = await get(`/jobs/api/queues/jobs/${change}`, basic(token), { method })
      expect(answer.status).toBe(405)
    }
  }
  // Nor do the same addresses lead anywhere by the one method that there is.
  for (const change of changes) expect((await get(`/jobs/api/queues/jobs/${change}`)).status).toBe(404)
  const jobs = workJobs(app, app.environment['REDIS_URL'] ?? '', { kept: async () => undefined })
  await allDone(app, 'kept')
  await jobs.close()
})

test('without the setting there is no such page', async () => {
  const plain = await startApp()
  try {
    for (const address of ADDRESSES) expect((await fetch(`${plain.url}${address}`)).status).toBe(404)
  } finally {
    await plain.close()
  }
})

test('while Redis is away the board says so, and the server serves and stops all the same', async () => {
  const redis = await privateRedis()
  const other = await startApp({ environment: { JOBS_BOARD_TOKEN: token, REDIS_URL: redis.url } })
  try {
    await redis.kill()
    const answer = await fetch(`${other.url}/jobs/api/queues`, { headers: { Authorization: basic(token) } })
    expect(answer.status).toBe(503)
    expect(await answer.text()).toBe('The queue does not answer.\n')
  } finally {
    await other.close()
    await redis.start()
    await redis.stop()
  }
}, 30_000)
