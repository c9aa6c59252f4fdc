// Purging a CDN: against providers that speak their documented HTTP over a socket, and from a staff change to the CDN.
import { afterEach, describe, expect, test } from 'vitest'
import { type Cdn, createCdn } from '../src/http/edge/cdn/cdn.ts'
import { startApp } from './setup/app.ts'
import { addEvent, addOrganizer } from './setup/catalogue.ts'
import { type FakeCdn, startFakeCdn } from './setup/fake-cdn.ts'
import { eventually } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'

const TOKEN = 'a-token-that-nobody-may-see'
const ZONE = 'zone-1'
const KINDS = ['varnish', 'fastly', 'cloudflare'] as const

const open: FakeCdn[] = []
afterEach(async () => {
  for (const cdn of open.splice(0)) await cdn.close()
})

async function provider(kind: Cdn['name']): Promise<FakeCdn> {
  const fake = await startFakeCdn(kind, { token: TOKEN, zone: ZONE })
  open.push(fake)
  return fake
}

function adapterOf(kind: Cdn['name'], ...nodes: FakeCdn[]): Cdn {
  const cdn = createCdn({ kind, purgeUrls: nodes.map(({ url }) => url), token: TOKEN, zone: ZONE })
  if (!cdn) throw new Error(`There is no adapter for ${kind}.`)
  return cdn
}

async function pair(kind: Cdn['name']) {
  const fake = await provider(kind)
  return { fake, cdn: adapterOf(kind, fake) }
}

/** As long as the longest that there is: a prefix and a UUID. */
const tagsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `merch-00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)

/** What a purge fails with. */
const failureOf = async (purge: Promise<void>): Promise<Error> => {
  const failure = await purge.then(
    () => null,
    (error: unknown) => error,
  )
  if (failure instanceof Error) return failure
  throw new Error('It did not fail.')
}

test('without a CDN nothing is tagged and nobody is purged', () => {
  expect(createCdn({ kind: 'none', purgeUrls: [], token: '', zone: '' })).toBe(null)
})

describe.each(KINDS)('%s', (kind) => {
  test('forgets what has one of the tags and keeps the rest', async () => {
    const { fake, cdn } = await pair(kind)
    fake.keep('page', cdn.tagHeader(['karcis', 'event-1', 'org-1']))
    fake.keep('list', cdn.tagHeader(['karcis', 'events', 'event-1', 'event-2']))
    fake.keep('other', cdn.tagHeader(['karcis', 'event-11']))
    await cdn.purge(['event-1', 'event-3'])
    expect(fake.kept()).toEqual(['other'])
    await cdn.purge(['karcis'])
    expect(fake.kept()).toEqual([])
  })

  test('forgets a long list of tags in calls that it takes', async () => {
    const { fake, cdn } = await pair(kind)
    const tags = tagsOf(1_001)
    for (const tag of tags) fake.keep(tag, cdn.tagHeader(['karcis', tag]))
    await cdn.purge(tags)
    expect(fake.kept()).toEqual([])
    expect(fake.purged.flat().sort()).toEqual(tags)
    expect(fake.calls).toBeLessThanOrEqual(11)
  })

  test('is not called for no tags', async () => {
    const { fake, cdn } = await pair(kind)
    await cdn.purge([])
    expect(fake.calls).toBe(0)
  })

  test('finds the first of too many tags, because their header is kept within what it reads', async () => {
    const { fake, cdn } = await pair(kind)
    fake.keep('list', cdn.tagHeader(['karcis', 'events', ...tagsOf(1_000)]))
    await cdn.purge(['events'])
    expect(fake.kept()).toEqual([])
  })

  test.each(['fail', 'busy', 'drop', ...(kind === 'varnish' ? [] : (['deny', 'page'] as const))] as const)(
    'a purge that meets "%s" fails at once, does not tell the token, and works when it is repeated',
    async (fault) => {
      const { fake, cdn } = await pair(kind)
      fake.keep('page', cdn.tagHeader(['event-1']))
      fake.next(fault)
      const failure = await failureOf(cdn.purge(['event-1']))
      expect(fake.calls).toBe(1)
      expect([failure.stack, failure.cause, JSON.stringify(failure)].join()).not.toContain(TOKEN)
      expect(fake.kept()).toEqual(['page'])
      await cdn.purge(['event-1'])
      expect(fake.kept()).toEqual([])
    },
  )

  test('a redirect is not followed, for it would take the token along', async () => {
    const { fake, cdn } = await pair(kind)
    const elsewhere = await provider(kind)
    fake.next({ to: `${elsewhere.url}/service/${ZONE}/purge` })
    await failureOf(cdn.purge(['event-1']))
    expect(elsewhere.calls).toBe(0)
  })

  test('a purge fails when nobody listens', async () => {
    const { fake, cdn } = await pair(kind)
    await fake.close()
    expect((await failureOf(cdn.purge(['event-1']))).message).toContain('ECONNREFUSED')
  })
})

test.each(['fastly', 'cloudflare'] as const)(
  '%s refuses a wrong token, and that is a failure',
  async (kind) => {
    const fake = await provider(kind)
    const cdn = createCdn({ kind, purgeUrls: [fake.url], token: 'a-wrong-token', zone: ZONE })
    const failure = await failureOf(cdn?.purge(['event-1']) ?? Promise.resolve())
    expect(failure.message).toMatch(/answered a purge with 40[13]/)
    expect(failure.message).not.toContain('a-wrong-token')
  },
)

test('a token that cannot be sent is not told by the error', async () => {
  const { fake } = await pair('fastly')
  const token = 'a-token\nof-two-lines'
  const cdn = createCdn({ kind: 'fastly', purgeUrls: [fake.url], token, zone: ZONE })
  const failure = await failureOf(cdn?.purge(['event-1']) ?? Promise.resolve())
  expect([failure.stack, failure.cause].join()).not.toContain('of-two-lines')
})

test('a purge fails when its answer does not come, or does not end', async () => {
  // At once, because each waits for the whole of its patience.
  const failures = KINDS.flatMap((kind) =>
    (['hang', 'stall'] as const).map(async (fault) => {
      const { fake, cdn } = await pair(kind)
      fake.next(fault)
      return (await failureOf(cdn.purge(['event-1']))).message
    }),
  )
  for (const message of await Promise.all(failures)) expect(message).toContain('TimeoutError')
})

test('every Varnish is told, also when one is away, and the purge fails then and names it', async () => {
  const nodes = await Promise.all([provider('varnish'), provider('varnish'), provider('varnish')])
  const cdn = adapterOf('varnish', ...nodes)
  for (const node of nodes) node.keep('page', cdn.tagHeader(['event-1']))
  const [, ill] = nodes
  ill.next('fail')
  expect((await failureOf(cdn.purge(['event-1']))).message).toContain(new URL(ill.url).host)
  expect(nodes.map((node) => node.kept())).toEqual([[], ['page'], []])
  await cdn.purge(['event-1'])
  expect(ill.kept()).toEqual([])
})

test.each(KINDS)(
  'a change by staff is purged from %s though it refuses at first, and again when no fetch can be under way',
  async (kind) => {
    const fake = await provider(kind)
    const app = await startApp({
      jobs: true,
      environment: { CDN: kind, CDN_PURGE_URL: `${fake.url}/`, CDN_TOKEN: TOKEN, CDN_ZONE: ZONE },
    })
    try {
      const staff = await hire(app, 'MANAGER', (await addOrganizer(app)).id)
      const event = await addEvent(app, staff.organizerId)
      const ofEvent = () => fake.purged.filter((tags) => tags.includes(`event-${event.id}`)).length
      await eventually(async () => (await app.prisma.outbox.count({ where: { closedAt: null } })) === 0)
      const answer = await app.call('EventDetail', { slug: event.slug }, { method: 'GET' })
      const header = adapterOf(kind, fake).tagHeader([])[0]
      fake.keep('page', [header, answer.headers.get(header) ?? ''])

      const before = ofEvent()
      fake.next('busy')
      const input = { id: event.id, title: 'Baru' }
      expect((await resultOf(app, 'updateEvent', { input }, staff.token)).id).toBe(event.id)
      await eventually(async () => fake.kept().length === 0)
      // A CDN that fetched before the change stores it after the purge.
      fake.keep('page', [header, answer.headers.get(header) ?? ''])
      await eventually(
        async () => (await app.prisma.outbox.count({ where: { kind: 'purge-cdn-again' } })) > 0,
      )
      expect(fake.kept()).toEqual(['page'])
      app.clock.advance(60)
      await eventually(async () => fake.kept().length === 0)
      expect(ofEvent()).toBeGreaterThanOrEqual(before + 2)
    } finally {
      await app.close()
    }
  },
)
