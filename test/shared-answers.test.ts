// Answers that all replicas share in Redis, through HTTP: what is kept there and for how long, and what it costs to ask.
import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { addEvent, addOrganizer } from './setup/catalogue.ts'
import { type PrivateRedis, privateRedis } from './setup/private-redis.ts'
import { everythingWasAsked } from './setup/redis-contents.ts'
import { replicaOf } from './setup/replicas.ts'
import { eventually, order } from './setup/shop.ts'
import { hire, resultOf, signUp } from './setup/staff.ts'
import { statementsOf } from './setup/statements.ts'

let redis: PrivateRedis
let app: TestApp
let other: TestApp
let staff: Awaited<ReturnType<typeof hire>>

beforeAll(async () => {
  redis = await privateRedis()
  app = await startApp({ season: true, environment: { REDIS_URL: redis.url } })
  await everythingWasAsked(app)
  other = await replicaOf(app)
  staff = await hire(app, 'MANAGER', (await addOrganizer(app)).id)
})
afterAll(async () => {
  await other.close()
  await app.close()
  await redis.stop()
})

async function keysOf({ client }: PrivateRedis): Promise<string[]> {
  const keys: string[] = []
  for await (const page of client.scanStream()) keys.push(...page)
  return keys.sort()
}

const answersOf = async (from: PrivateRedis) => (await keysOf(from)).filter((key) => key.includes(':answer:'))

async function anEvent() {
  const event = await addEvent(app, staff.organizerId, { title: 'Lama' })
  // What it announced was sent before this and has arrived with it.
  await app.app.deps.purges.purge(['karcis'])
  return event
}

const detail = (slug: string, from = app): Promise<Answer> =>
  from.call('EventDetail', { slug }, { method: 'GET' })

/** A new event whose page stands in Redis. */
async function aStoredEvent() {
  const event = await anEvent()
  const stored = await answersOf(redis)
  await detail(event.slug)
  // The answer is given while it is still being written.
  await eventually(async () => (await answersOf(redis)).length > stored.length)
  return event
}

/** What Redis is told while `work` runs: by clients, and in their scripts. Its health and its queue are none of it. */
async function commandsOf(work: () => Promise<unknown>) {
  const monitor = await redis.client.monitor()
  const seen: { name: string; args: readonly string[]; inScript: boolean }[] = []
  monitor.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
    seen.push({ name: name.toLowerCase(), args, inScript: source === 'lua' })
  })
  const end = hash('sha256', String(performance.now()))
  await work()
  await eventually(async () => {
    await redis.client.echo(end)
    return seen.some(({ name, args }) => name === 'echo' && args[0] === end)
  })
  monitor.disconnect()
  const ours = seen.filter(
    ({ name, args }) => !['echo', 'ping', 'info'].includes(name) && !args.join(' ').includes('{karcis}'),
  )
  const names = (inScript: boolean) => ours.filter((one) => one.inScript === inScript).map(({ name }) => name)
  return { byClients: names(false), inScripts: names(true) }
}

test('replicas share an answer: the second one asks no database', async () => {
  const { slug } = await aStoredEvent()
  const answers: Answer[] = []
  const statements = await statementsOf(async () => answers.push(await detail(slug, other)))
  expect(answers[0]?.body.data.event.title).toBe('Lama')
  expect(answers[0]?.headers.get('cache-status')).toBe('Redis; hit, Karcis; fwd=miss; stored')
  expect(statements).toEqual([])
})

test('a hit is two plain reads in one write, and a miss one script more; keeping an answer is one', async () => {
  // A connection sends a script itself once, and from then on its name.
  const [first, asked] = [await aStoredEvent(), await anEvent()]
  await detail(first.slug, other)
  const known = await aStoredEvent()
  expect((await commandsOf(() => detail(known.slug, other))).byClients).toEqual(['mget', 'hmget'])
  const missed = await commandsOf(async () => {
    const before = await answersOf(redis)
    await detail(asked.slug)
    await eventually(async () => (await answersOf(redis)).length > before.length)
  })
  expect(missed.byClients.filter((name) => name !== 'scan')).toEqual(['mget', 'hmget', 'evalsha', 'evalsha'])
})

test('nothing walks through Redis: no read and no purge asks for a list of keys', async () => {
  const { id, slug } = await aStoredEvent()
  const { byClients, inScripts } = await commandsOf(async () => {
    await detail(slug, other)
    await resultOf(app, 'updateEvent', { input: { id, title: 'Baru' } }, staff.token)
    await eventually(async () => (await detail(slug, other)).body.data.event.title === 'Baru')
  })
  const all = [...byClients, ...inScripts]
  expect(all).toEqual(expect.arrayContaining(['evalsha', 'publish', 'hmget', 'zadd']))
  for (const name of ['keys', 'scan', 'sscan', 'smembers', 'sort', 'flushdb', 'script'])
    expect(all).not.toContain(name)
})

test('every key begins with karcis:, an answer names its schema, and everything expires', async () => {
  const working = await replicaOf(app, { RUN_JOBS: 'true' })
  const { id, slug } = await aStoredEvent()
  await signUp(app)
  await app.call('Login', { input: { email: 'nobody@karcis.test', password: 'wrong-password' } })
  await order(app, { eventId: id, id })
  await resultOf(app, 'updateEvent', { input: { id, title: 'Baru' } }, staff.token)
  await detail(slug)
  await eventually(async () => (await app.prisma.outbox.count({ where: { closedAt: null } })) === 0)
  await working.close()
  // The job queues are BullMQ's: their open jobs must not expire, and their keys stand under {karcis}.
  const keys = (await keysOf(redis)).filter((key) => !/^\{karcis\}:(jobs|messages):/.test(key))
  expect(keys.some((key) => key.startsWith('karcis:limit:'))).toBe(true)
  expect(keys.some((key) => /^karcis:\{answers-\d+\}:tags$/.test(key))).toBe(true)
  for (const key of keys) {
    expect(key).toMatch(/^karcis:/)
    // It may have gone by now (-2), but it must not stay for ever (-1).
    expect(await redis.client.ttl(key), key).not.toBe(-1)
  }
  const answers = await answersOf(redis)
  expect(answers.length).toBeGreaterThan(0)
  for (const key of answers) {
    expect(key).toMatch(/^karcis:\{answers-\d{1,2}\}:answer:[0-9a-f]{12}:[0-9a-f]{64}$/)
    expect(await redis.client.pttl(key)).toBeLessThanOrEqual(30_000)
  }
})

test('only what a persisted public GET asked for enters', async () => {
  const { slug } = await anEvent()
  const before = await answersOf(redis)
  const unchanged = async () => expect(await answersOf(redis)).toEqual(before)
  const document = `{ event(slug: "${slug}") { id title } }`
  const { token } = staff
  expect((await app.call('EventDetail', { slug })).status).toBe(200)
  expect((await app.query(document)).body.data.event.title).toBe('Lama')
  expect((await fetch(`${app.url}/graphql?${new URLSearchParams({ query: document })}`)).status).toBe(200)
  expect((await app.call('Me', {}, { method: 'GET', token })).body.data.me.id).toBe(staff.id)
  expect((await app.call('MyOrders', {}, { method: 'GET', token })).status).toBe(200)
  expect((await app.call('EventDetail', { slug, more: 1 }, { method: 'GET' })).status).toBe(400)
  await unchanged()
  await detail(slug)
  await eventually(async () => (await answersOf(redis)).length === before.length + 1)
})

test('an answer with an error is never kept', async () => {
  const { slug } = await anEvent()
  const before = await answersOf(redis)
  for (const table of ['event', 'ticket_category']) {
    await app.prisma.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO gone`)
    const answer = await detail(slug)
    await app.prisma.$executeRawUnsafe(`ALTER TABLE gone RENAME TO ${table}`)
    expect(answer.body.errors).toHaveLength(1)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
  expect(await answersOf(redis)).toEqual(before)
  expect((await detail(slug)).body.data.event.title).toBe('Lama')
})
