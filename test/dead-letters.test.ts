import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerOf } from '../src/modules/jobs/queries.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addOrganizer } from './setup/catalogue.ts'
import { addDeadLetter, workJobs } from './setup/jobs.ts'
import { eventually, key, paid } from './setup/shop.ts'
import { hire, mutate } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

const LIST = `query ($organizerId: ID!, $first: Int, $after: String) {
  deadLetters(organizerId: $organizerId, first: $first, after: $after) {
    edges { node { id name attempts error orderId createdAt lastAttemptAt deadAt } }
    pageInfo { hasNextPage endCursor }
  }
}`

async function listed({ organizerId, token }: Awaited<ReturnType<typeof hire>>, page: object = {}) {
  const { body } = await app.query(LIST, { organizerId, ...page }, { token })
  expect(body.errors, JSON.stringify(body)).toBeUndefined()
  return body.data.deadLetters
}

const retry = (id: string, token: string, idempotencyKey = key()) =>
  mutate(app, 'retryDeadLetter', { id, idempotencyKey }, token, '... on DeadLetter { deadAt attempts }')

test('a job about an order that is given up is listed to the staff of its organizer, without its payload', async () => {
  const { order } = await paid(app)
  const { organizerId } = await app.prisma.order.findUniqueOrThrow({ where: { id: order.id } })
  await app.prisma.outbox.deleteMany()
  const payload = { orderId: order.id, note: 'budi@example.com' }
  const id = await addDeadLetter(app, null, { kind: 'fails', payload, deadAt: null, attempts: 11 })
  const jobs = workJobs(
    app,
    app.environment['REDIS_URL'] ?? '',
    {
      async fails() {
        throw new Error('budi@example.com has no mailbox')
      },
    },
    { ownerOf: (row) => ownerOf(app.app.deps, row) },
  )
  try {
    await eventually(async () => (await app.prisma.outbox.count({ where: { deadAt: { not: null } } })) === 1)
  } finally {
    await jobs.close()
  }
  const { edges } = await listed(await hire(app, 'MANAGER', organizerId))
  expect(edges.map(({ node }: { node: object }) => node)).toEqual([
    {
      id,
      name: 'fails',
      attempts: 12,
      error: 'Error: … has no mailbox',
      orderId: order.id,
      createdAt: expect.any(String),
      lastAttemptAt: expect.any(String),
      deadAt: expect.any(String),
    },
  ])
  expect(await listed(await hire(app, 'OWNER'))).toMatchObject({ edges: [] })
})

test('the list is paged, the last one given up first', async () => {
  const manager = await hire(app, 'OWNER')
  const ids: string[] = []
  for (let n = 0; n < 5; n++) {
    const deadAt = new Date(app.clock.now().getTime() + n)
    ids.unshift(await addDeadLetter(app, manager.organizerId, { deadAt }))
  }
  const seen: string[] = []
  for (let after: string | null = null; ; ) {
    const page: {
      edges: { node: { id: string } }[]
      pageInfo: { hasNextPage: boolean; endCursor: string }
    } = await listed(manager, { first: 2, after })
    seen.push(...page.edges.map(({ node }) => node.id))
    if (!page.pageInfo.hasNextPage) break
    after = page.pageInfo.endCursor
  }
  expect(seen).toEqual(ids)
})

test('a retried job runs at once, and who retried it is on record', async () => {
  const manager = await hire(app, 'MANAGER')
  const id = await addDeadLetter(app, manager.organizerId, { kind: 'mended' })
  const { body } = await retry(id, manager.token)
  expect(body.data.result).toMatchObject({ __typename: 'DeadLetter', id, deadAt: null, attempts: 12 })
  expect(await listed(manager)).toMatchObject({ edges: [] })
  const jobs = workJobs(app, app.environment['REDIS_URL'] ?? '', { mended: async () => undefined })
  try {
    await eventually(
      async () => (await app.prisma.outbox.findUniqueOrThrow({ where: { id } })).closedAt !== null,
    )
  } finally {
    await jobs.close()
  }
  const trail = await app.prisma.auditEntry.findMany({ where: { organizerId: manager.organizerId } })
  expect(trail).toMatchObject([
    {
      action: 'job.retry',
      actorId: manager.id,
      targetId: id,
      data: { kind: 'mended', attempts: 12 },
    },
  ])
})

test('twenty retries at once, by the same and by other keys, are one', async () => {
  const manager = await hire(app, 'OWNER')
  const id = await addDeadLetter(app, manager.organizerId)
  const same = key()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => retry(id, manager.token, n % 2 ? same : key())),
  )
  for (const { body } of answers) expect(body.data.result).toMatchObject({ id, deadAt: null })
  const { organizerId } = manager
  expect(await app.prisma.auditEntry.count({ where: { organizerId, action: 'job.retry' } })).toBe(1)
  expect(await app.prisma.outbox.findUniqueOrThrow({ where: { id } })).toMatchObject({ giveUpAfter: 24 })
})

test('a replay of a retry gives the same answer, also when the job has died again; another job needs another key', async () => {
  const manager = await hire(app, 'OWNER')
  const [id, second] = [
    await addDeadLetter(app, manager.organizerId),
    await addDeadLetter(app, manager.organizerId),
  ]
  const once = key()
  const first = await retry(id, manager.token, once)
  await app.prisma.outbox.update({ where: { id }, data: { deadAt: app.clock.now() } })
  const again = await retry(id, manager.token, once)
  expect(again.body).toEqual(first.body)
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect((await app.prisma.outbox.findUniqueOrThrow({ where: { id } })).deadAt).not.toBeNull()
  const other = await retry(second, manager.token, once)
  expect(other.body.data.result).toMatchObject({ __typename: 'IdempotencyConflictError' })
  const short = await retry(second, manager.token, 'short')
  expect(short.body.data.result).toMatchObject({ __typename: 'ValidationError' })
})

test('a job of nobody is not to be had by any staff', async () => {
  const owner = await hire(app, 'OWNER')
  const id = await addDeadLetter(app, null, { kind: 'purge-public' })
  const { body } = await retry(id, owner.token)
  expect(body.data.result).toMatchObject({ __typename: 'NotFoundError' })
  expect((await app.prisma.outbox.findUniqueOrThrow({ where: { id } })).deadAt).not.toBeNull()
})

test.each([
  ['OWNER', true],
  ['MANAGER', true],
  ['FINANCE', false],
  ['SUPPORT', false],
  ['GATE', false],
] as const)('%s may manage jobs: %s', async (role, may) => {
  const staff = await hire(app, role, (await addOrganizer(app)).id)
  const { body } = await app.query(LIST, { organizerId: staff.organizerId }, { token: staff.token })
  expect(body.errors?.[0].extensions.code).toBe(may ? undefined : 'FORBIDDEN')
})
