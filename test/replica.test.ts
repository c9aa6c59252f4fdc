// Public reads from a standby that really lags: what is read there, and that no change is hidden by what it has not yet.
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createResponseStore } from '../src/http/edge/response-store.ts'
import { openCacheRedis, whenReady } from '../src/platform/redis.ts'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { addEvent, addOrganizer, inDays } from './setup/catalogue.ts'
import { type PrivateRedis, privateRedis } from './setup/private-redis.ts'
import { everythingWasAsked } from './setup/redis-contents.ts'
import { replicaOf } from './setup/replicas.ts'
import { eventually } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'
import { type Standby, startStandby } from './setup/standby.ts'

let standby: Standby
let redis: PrivateRedis
/** Keeps answers, as in production. */
let app: TestApp
let other: TestApp
/** Keeps nothing, so that each read shows where it went. */
let bare: TestApp
let staff: Awaited<ReturnType<typeof hire>>

beforeAll(async () => {
  standby = await startStandby()
  // One that no other test shares: a purge of theirs would be a reason to read from the primary.
  redis = await privateRedis()
  app = await startApp({
    environment: {
      DATABASE_URL: standby.primaryUrl,
      REPLICA_DATABASE_URL: standby.standbyUrl,
      REPLICA_MAX_LAG_SECONDS: '4',
      REDIS_URL: redis.url,
    },
  })
  await everythingWasAsked(app)
  other = await again()
  bare = await again({ EDGE_CACHE_MB: '0', RESPONSE_CACHE: 'off', EXECUTION_TIMEOUT_MS: '2000' })
  staff = await hire(app, 'MANAGER', (await addOrganizer(app)).id)
}, 120_000)
beforeEach(async () => {
  await standby.resume()
  await standby.delay(0)
  await standby.caughtUp()
})
afterAll(async () => {
  for (const one of [bare, other, app]) await one.close()
  await redis.stop()
  await standby.stop()
})

/** One more process on the same servers. */
const again = (environment: Readonly<Record<string, string>> = {}): Promise<TestApp> =>
  replicaOf(app, {
    REPLICA_DATABASE_URL: standby.standbyUrl,
    REPLICA_MAX_LAG_SECONDS: '4',
    ...environment,
  })

const KEPT = 'karcis:{answers-*}:answer:*'

let cities = 0
/** An event in a city of its own, which both servers have. */
async function anEvent() {
  const event = await addEvent(app, staff.organizerId, { title: 'Lama', city: `Kota ${++cities}` })
  await standby.caughtUp()
  // What was announced is by now so long ago that nobody reads from the primary because of it.
  for (const one of [app, other, bare]) await usesStandby(event, one)
  const { client } = redis
  for await (const keys of client.scanStream({ match: KEPT })) if (keys.length > 0) await client.del(...keys)
  return event
}

type Event = Awaited<ReturnType<typeof addEvent>>

const detail = ({ slug }: Event, from = app): Promise<Answer> =>
  from.call('EventDetail', { slug }, { method: 'GET' })

let questions = 0
/** The same one event, asked for in words that nobody used before: no cache knows the answer. */
const list = ({ city }: Event, from = app): Promise<Answer> => {
  const filter = { city, startsAfter: new Date(++questions * 1_000).toISOString() }
  return from.call('EventList', { first: 1, filter }, { method: 'GET' })
}

function titleIn({ status, body }: Answer): string {
  expect(status, JSON.stringify(body)).toBe(200)
  return body.data.event?.title ?? body.data.events.edges[0].node.title
}

const rename = (event: Event, title: string) =>
  resultOf(app, 'updateEvent', { input: { id: event.id, title } }, staff.token)

/** Behind everybody's back: no cache hears of it. */
const renameQuietly = ({ id }: Event, title: string) =>
  app.prisma.event.update({ where: { id }, data: { title } })

/** The servers that this process asks for rows while `work` runs. Nothing else may use the apps meanwhile. */
async function serversOf(work: () => Promise<unknown>): Promise<Set<'primary' | 'standby'>> {
  const servers = new Set<'primary' | 'standby'>()
  const original = Client.prototype.query
  const watched = function (this: Client, ...args: unknown[]): unknown {
    const [first] = args
    const text = typeof first === 'string' ? first : String((first as { text?: unknown } | null)?.text)
    // The apps also look all the time how far both servers are, and once on each connection what it leads to.
    if (!/lsn|pg_is_in_recovery/.test(text))
      servers.add(standby.standbyUrl.includes(`:${this.port}/`) ? 'standby' : 'primary')
    return Reflect.apply(original, this, args)
  }
  Client.prototype.query = watched as typeof original
  try {
    await work()
  } finally {
    Client.prototype.query = original
  }
  return servers
}

const only = (server: 'primary' | 'standby') => new Set([server])

/** Waits until public reads of this process ask the standby and nothing else. */
const usesStandby = (event: Event, one: TestApp) =>
  eventually(async () => {
    const servers = await serversOf(() => list(event, one))
    return servers.size === 1 && servers.has('standby')
  })

test('public reads ask the standby alone, and everything else the primary alone', async () => {
  const event = await anEvent()
  const { id, slug } = event
  expect(await serversOf(() => detail(event, bare))).toEqual(only('standby'))
  expect(await serversOf(() => list(event, bare))).toEqual(only('standby'))
  const document = `{ event(slug: "${slug}") { title } }`
  const { token } = staff
  expect(await serversOf(() => bare.call('EventDetail', { slug }))).toEqual(only('primary'))
  expect(await serversOf(() => bare.query(document))).toEqual(only('primary'))
  expect(await serversOf(() => bare.query(document, {}, { token }))).toEqual(only('primary'))
  expect(await serversOf(() => bare.call('MyOrders', {}, { method: 'GET', token }))).toEqual(only('primary'))
  const input = { id, title: 'Baru' }
  expect(await serversOf(() => resultOf(bare, 'updateEvent', { input }, token))).toEqual(only('primary'))
})

test('staff read what they wrote, however far the standby is behind', async () => {
  await standby.pause()
  const startsAt = inDays(10).toISOString()
  const input = {
    organizerId: staff.organizerId,
    slug: `segera-${Date.now()}`,
    title: 'Segera',
    description: '',
    timeZone: 'Asia/Jakarta',
    startsAt,
    endsAt: inDays(11).toISOString(),
  }
  const made = await resultOf(bare, 'createEvent', { input }, staff.token, '... on Event { title }')
  expect(made).toMatchObject({ __typename: 'Event', title: 'Segera' })
  expect(await standby.ask(`SELECT count(*)::int FROM event WHERE id = '${made.id}'`)).toBe(0)
  const document = 'query ($id: ID!) { staffEvent(id: $id) { id title } }'
  for (let edit = 1; edit <= 5; edit++) {
    const title = `Segera ${edit}`
    const renamed = { input: { id: made.id, title } }
    expect(await resultOf(bare, 'updateEvent', renamed, staff.token, '... on Event { title }')).toMatchObject(
      { title },
    )
    const seen = await bare.query(document, { id: made.id }, { token: staff.token })
    expect(seen.body.data.staffEvent).toEqual({ id: made.id, title })
  }
})

test('a change is shown at once although the standby shows it three seconds later, and nothing old is kept', async () => {
  const event = await anEvent()
  await standby.delay(3)
  for (const one of [app, other]) expect(titleIn(await detail(event, one))).toBe('Lama')
  await eventually(async () => (await keptOf(event)).has('Lama'))
  await rename(event, 'Baru')
  const old = `SELECT title = 'Lama' FROM event WHERE id = '${event.id}'`
  expect(titleIn(await detail(event))).toBe('Baru')
  // The other process is told within moments.
  await eventually(async () => titleIn(await detail(event, other)) === 'Baru')
  let asked = 0
  for (; (await standby.ask(old)) === true; asked++)
    for (const one of [app, other]) expect(titleIn(await list(event, one))).toBe('Baru')
  expect(asked).toBeGreaterThan(0)
  for (const one of [app, other]) {
    expect(titleIn(await detail(event, one))).toBe('Baru')
    expect(titleIn(await list(event, one))).toBe('Baru')
  }
  expect(await keptOf(event)).toEqual(new Set(['Baru']))
  // Long after the change the standby is good again.
  await usesStandby(event, app)
})

test('a process that starts after the change keeps nothing old either', async () => {
  const event = await anEvent()
  await standby.pause()
  await rename(event, 'Baru')
  const late = await again()
  expect(await standby.ask(`SELECT title FROM event WHERE id = '${event.id}'`)).toBe('Lama')
  expect(titleIn(await detail(event, late))).toBe('Baru')
  for (let asked = 0; asked < 20; asked++) expect(titleIn(await list(event, late))).toBe('Baru')
  expect(await keptOf(event)).toEqual(new Set(['Baru']))
  await late.close()
})

test('a process that did not hear of the change is told by Redis when it wants to keep what it read', async () => {
  const event = await anEvent()
  await standby.pause()
  await renameQuietly(event, 'Baru')
  const connection = openCacheRedis(redis.url, app.app.deps.log)
  await whenReady(connection, 5_000)
  await createResponseStore(connection, { version: 'other', ...app.app.deps }).purge([`event-${event.id}`])
  connection.disconnect()
  expect(titleIn(await detail(event))).toBe('Baru')
  for (let asked = 0; asked < 20; asked++) expect(titleIn(await list(event, other))).toBe('Baru')
  expect(await standby.ask(`SELECT title FROM event WHERE id = '${event.id}'`)).toBe('Lama')
  expect(await keptOf(event)).toEqual(new Set(['Baru']))
})

test('reads go to the primary while the standby is further behind than allowed, and return to it', async () => {
  const event = await anEvent()
  const strict = await again({ EDGE_CACHE_MB: '0', RESPONSE_CACHE: 'off', REPLICA_MAX_LAG_SECONDS: '1' })
  await usesStandby(event, strict)
  await standby.pause()
  await renameQuietly(event, 'Baru')
  await eventually(async () => titleIn(await list(event, strict)) === 'Baru')
  for (let asked = 0; asked < 20; asked++) expect(titleIn(await list(event, strict))).toBe('Baru')
  // Whoever starts now has never seen the standby close enough, so it reads where it is certain.
  const late = await again({ EDGE_CACHE_MB: '0', RESPONSE_CACHE: 'off' })
  expect(await serversOf(() => list(event, late))).toEqual(only('primary'))
  await standby.resume()
  for (const one of [strict, late]) {
    await usesStandby(event, one)
    expect(titleIn(await list(event, one))).toBe('Baru')
    await one.close()
  }
})

test('a standby that hangs is left alone, and whoever waited for it is answered from the primary', async () => {
  const event = await anEvent()
  await usesStandby(event, bare)
  await standby.freeze()
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => list(event, bare)))
    for (const answer of answers) expect(titleIn(answer)).toBe('Lama')
    await eventually(async () => !(await serversOf(() => list(event, bare))).has('standby'))
    expect(await serversOf(() => list(event, bare))).toEqual(only('primary'))
  } finally {
    standby.thaw()
  }
  await usesStandby(event, bare)
})

test('a standby that is stopped is not missed: reads go on from the primary', async () => {
  const event = await anEvent()
  await usesStandby(event, bare)
  let stopped = false
  const readers = Array.from({ length: 4 }, async () => {
    for (let after = 0; after < 20; after += Number(stopped)) {
      expect(titleIn(await list(event, bare))).toBe('Lama')
      expect(titleIn(await list(event))).toBe('Lama')
    }
  })
  await standby.stopStandby()
  stopped = true
  await Promise.all(readers)
  await eventually(async () => !(await serversOf(() => list(event, bare))).has('standby'))
})

/** The titles of an event in the answers that all share. */
async function keptOf({ id }: Event): Promise<Set<string>> {
  const { client } = redis
  const titles = new Set<string>()
  for await (const keys of client.scanStream({ match: KEPT }))
    for (const key of keys as string[]) {
      const body = (await client.get(key))?.split('\n').at(-1)
      if (body?.includes(id)) titles.add(/"title":"([^"]*)"/.exec(body)?.[1] ?? '')
    }
  return titles
}
