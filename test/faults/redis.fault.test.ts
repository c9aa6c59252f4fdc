// Redis is never needed: it is killed, started again, emptied and frozen under the server's feet, and readers see none of it.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Answer, startApp, type TestApp } from '../setup/app.ts'
import { addEvent, addOrganizer } from '../setup/catalogue.ts'
import { type PrivateRedis, privateRedis } from '../setup/private-redis.ts'
import { replicaOf } from '../setup/replicas.ts'
import { eventually } from '../setup/shop.ts'
import { hire, resultOf } from '../setup/staff.ts'

const closings: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

async function aRedis(): Promise<PrivateRedis> {
  const redis = await privateRedis()
  closings.push(() => redis.stop())
  return redis
}

async function anApp(redisUrl: string, options: Parameters<typeof startApp>[0] = {}): Promise<TestApp> {
  const app = await startApp({ ...options, environment: { ...options.environment, REDIS_URL: redisUrl } })
  closings.push(() => app.close())
  return app
}

async function another(app: TestApp, environment: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const other = await replicaOf(app, environment)
  closings.push(() => other.close())
  return other
}

const detail = (slug: string, from: TestApp): Promise<Answer> =>
  from.call('EventDetail', { slug }, { method: 'GET' })

function titleIn({ status, body }: Answer): string {
  expect(status, JSON.stringify(body)).toBe(200)
  return body.data.event.title
}

const shows = (title: string, slug: string, from: TestApp) => async () =>
  titleIn(await detail(slug, from)) === title

/** Whether the process has an answer that no purge of its making has taken away. */
const keeps = (slug: string, from: TestApp) => async () =>
  Number((await detail(slug, from)).headers.get('age')) >= 1

const isShared = (answer: Answer): boolean =>
  answer.headers.get('cache-status')?.startsWith('Redis; hit') ?? false

/** An event that its manager renames. */
async function managed(app: TestApp) {
  const staff = await hire(app, 'MANAGER', (await addOrganizer(app)).id)
  const { id, slug } = await addEvent(app, staff.organizerId, { title: 'Versi 0' })
  const rename = (title: string, through = app) =>
    resultOf(through, 'updateEvent', { input: { id, title } }, staff.token)
  return { id, slug, rename }
}

interface Question {
  readonly operation: string
  readonly variables: object
}

/** Everything in a body but what changes by itself or by the test's own hand. */
const settled = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body).replace(/Versi \d+/g, 'Versi'), (key, value) =>
    key === 'asOf' ? null : value,
  )

test('Redis killed, restarted and emptied in the middle of load: no 5xx, no wrong body, and purges work again', async () => {
  const redis = await aRedis()
  const app = await anApp(redis.url, { season: true, jobs: true })
  // It keeps nothing itself, so each of its reads goes through Redis.
  const bare = await another(app, { EDGE_CACHE_MB: '0' })
  const { id, slug, rename } = await managed(app)
  const events = await app.prisma.event.findMany({ where: { status: 'PUBLISHED' }, take: 8 })
  const questions: Question[] = [
    ...[slug, ...events.map((event) => event.slug)].map((one) => ({
      operation: 'EventDetail',
      variables: { slug: one },
    })),
    ...[id, ...events.map((event) => event.id)].map((eventId) => ({
      operation: 'EventAvailability',
      variables: { eventId },
    })),
    ...[1, 5, 20, 50].map((first) => ({ operation: 'EventList', variables: { first } })),
    ...events.map(({ city }) => ({ operation: 'EventList', variables: { first: 50, filter: { city } } })),
    { operation: 'MerchandiseList', variables: { first: 20 } },
  ]
  // Asked by POST they come from no cache.
  const right = new Map<Question, unknown>()
  for (const question of questions)
    right.set(question, settled((await app.call(question.operation, question.variables)).body))

  let [answers, shared, version, done] = [0, 0, 0, false]
  const clients = Array.from({ length: 16 }, async (_, client) => {
    for (let turn = client; !done; turn += 7) {
      const question = questions[turn % questions.length]
      if (!question) throw new Error('There is no question.')
      const { operation, variables } = question
      const answer = await (turn % 2 ? app : bare).call(operation, variables, { method: 'GET' })
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      expect(settled(answer.body)).toEqual(right.get(question))
      for (const [, number] of JSON.stringify(answer.body).matchAll(/Versi (\d+)/g))
        expect(Number(number)).toBeLessThanOrEqual(version)
      answers += 1
      if (isShared(answer)) shared += 1
    }
  })
  const change = async () => {
    version += 1
    expect(await rename(`Versi ${version}`)).toMatchObject({ __typename: 'Event' })
  }
  const more = async (than: () => number, count: number) => {
    const before = than()
    await eventually(async () => done || than() >= before + count, 30)
  }
  const load = () => more(() => answers, 300)
  const faults = async () => {
    await more(() => shared, 50)
    await change()
    await load()
    await redis.kill()
    await load()
    await change()
    await load()
    await redis.start()
    await more(() => shared, 50)
    await change()
    await redis.client.flushall()
    await load()
    await change()
    await redis.kill()
    await load()
    await redis.start()
    await redis.client.flushall()
    await more(() => shared, 50)
    await change()
    await load()
  }
  // A client that fails ends the load at once.
  await Promise.race([Promise.all(clients), faults()]).finally(() => {
    done = true
  })
  await Promise.all(clients)
  for (const one of [app, bare]) await eventually(shows(`Versi ${version}`, slug, one))
  await change()
  for (const one of [app, bare]) await eventually(shows(`Versi ${version}`, slug, one))
  await eventually(async () => isShared(await detail(slug, bare)))
}, 120_000)

test('a change that was made while Redis was away is seen everywhere once it is back: its job repeats the purge', async () => {
  const redis = await aRedis()
  const app = await anApp(redis.url, { jobs: true })
  const other = await another(app)
  const { slug, rename } = await managed(app)
  for (const one of [app, other]) await eventually(shows('Versi 0', slug, one))
  await eventually(async () => isShared(await detail(slug, await fresh(app))))
  await redis.kill()
  await rename('Versi 1')
  expect(titleIn(await detail(slug, app))).toBe('Versi 1')
  // It comes back with the old answer in it.
  await redis.start()
  for (const one of [app, other]) await eventually(shows('Versi 1', slug, one))
  await eventually(async () => (await app.prisma.outbox.count({ where: { closedAt: null } })) === 0)
  expect(titleIn(await detail(slug, await fresh(app)))).toBe('Versi 1')
}, 60_000)

/** A process without memory, so that it shows what Redis has. */
const fresh = (app: TestApp): Promise<TestApp> => another(app, { EDGE_CACHE_MB: '0' })

test('purges that were missed while the connection was lost are made up for: nothing is fresh when it is back', async () => {
  const redis = await aRedis()
  // No job repeats a purge here, and nothing but the process itself remembers an answer.
  const app = await anApp(redis.url, { environment: { RESPONSE_CACHE: 'off' } })
  const other = await another(app, { RESPONSE_CACHE: 'off' })
  const { slug, rename } = await managed(app)
  await eventually(keeps(slug, other))
  await redis.kill()
  await rename('Versi 1')
  expect(titleIn(await detail(slug, other))).toBe('Versi 0')
  await redis.start()
  await eventually(shows('Versi 1', slug, other))
}, 60_000)

test('a connection that died without being closed is found out, and its purges are made up for', async () => {
  const redis = await aRedis()
  const way = await aWayTo(redis)
  const app = await anApp(`redis://127.0.0.1:${way.port}/0`, { environment: { RESPONSE_CACHE: 'off' } })
  const other = await another(app, { REDIS_URL: redis.url, RESPONSE_CACHE: 'off' })
  const { slug, rename } = await managed(app)
  await eventually(keeps(slug, app))
  way.swallow()
  await rename('Versi 1', other)
  expect(titleIn(await detail(slug, app))).toBe('Versi 0')
  // Sooner than the 30 seconds for which the answer would be fresh.
  await eventually(shows('Versi 1', slug, app), 20)
}, 60_000)

test('a Redis that hangs holds no reader up, and is used again when it goes on', async () => {
  const redis = await aRedis()
  const app = await anApp(redis.url, { environment: { EDGE_CACHE_MB: '0' } })
  const { slug } = await managed(app)
  await eventually(async () => isShared(await detail(slug, app)))
  redis.freeze()
  try {
    const began = performance.now()
    for (let read = 0; read < 50; read++) expect(titleIn(await detail(slug, app))).toBe('Versi 0')
    // Had each of them waited for Redis, and not one a second, it would have been more than 5 seconds.
    expect(performance.now() - began).toBeLessThan(4_000)
  } finally {
    redis.thaw()
  }
  await eventually(async () => isShared(await detail(slug, app)))
}, 60_000)

test('an address that takes connections and never says a word is no Redis, and no reader waits for it', async () => {
  const mute = createServer((socket) => socket.on('error', () => undefined))
  const app = await anApp(`redis://127.0.0.1:${await listen(mute)}/0`, { season: true })
  const began = performance.now()
  for (let first = 1; first <= 50; first++) {
    const { status, body } = await app.call('EventList', { first }, { method: 'GET' })
    expect(status).toBe(200)
    expect(body.data.events.edges.length).toBeGreaterThan(0)
  }
  expect(performance.now() - began).toBeLessThan(5_000)
}, 60_000)

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closings.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A way to Redis that can fall silent: connections that are open stay open and carry nothing more; new ones work. */
async function aWayTo({ port }: PrivateRedis) {
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    pairs.add([near, far])
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to)
      from.on('error', () => to.destroy())
    }
  })
  return {
    port: await listen(server),
    swallow() {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume()
        far.unpipe(near).resume()
      }
      pairs.clear()
    },
  }
}
