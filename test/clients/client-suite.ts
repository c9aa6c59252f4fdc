// What every client has to get from us, whoever wrote it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { addEvent } from '../setup/catalogue.ts'
import { categoryOf, eventually, guest, key } from '../setup/shop.ts'
import { hire, resultOf } from '../setup/staff.ts'
import { type Browser, openBrowser } from './browser.ts'

export interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there.
  readonly data: any
  /** The code of each GraphQL error that the client handed to its user. */
  readonly codes: readonly string[]
}

/** A client of a page that is open in a browser. */
export interface Client {
  /** Asks the server, whatever the client itself has kept. */
  query(operation: string, variables: object): Promise<Outcome>
  mutate(operation: string, variables: object): Promise<Outcome>
}

/** Opens a page with a new client, with the access token of whoever has signed in. */
export type Connect = (server: string, browser: Browser, accessToken?: string) => Client

export interface Habits {
  /** It sends public reads in a way which makes a browser ask by OPTIONS first. */
  readonly preflight: boolean
}

export function clientSuite(name: string, { preflight }: Habits, connect: Connect): void {
  describe(name, () => {
    let app: TestApp
    let browser: Browser
    let client: Client
    beforeAll(async () => {
      app = await startApp({ season: true })
    })
    afterAll(() => app.close())
    beforeEach(() => {
      browser = openBrowser()
      client = connect(app.url, browser)
    })

    const statuses = () => browser.exchanges.map(({ status }) => status)

    test('pages through a list with variables', async () => {
      const filter = { city: 'Jakarta' }
      const first = await client.query('EventList', { first: 2, filter, orderBy: 'STARTS_AT_ASC' })
      const { edges, pageInfo } = first.data.events
      const after = pageInfo.endCursor
      const second = await client.query('EventList', { first: 2, filter, orderBy: 'STARTS_AT_ASC', after })
      const nodes = [...edges, ...second.data.events.edges].map(({ node }) => node)
      expect(nodes.map(({ city, __typename }) => [city, __typename])).toEqual(
        nodes.map(() => ['Jakarta', 'Event']),
      )
      expect(new Set(nodes.map(({ id }) => id)).size).toBe(4)
      expect(nodes.map(({ startsAt }) => startsAt)).toEqual(nodes.map(({ startsAt }) => startsAt).sort())
    })

    test('asks by GET, by the hash and without the document, so that caches can answer', async () => {
      await client.query('EventList', { first: 2 })
      const [exchange] = browser.exchanges
      expect(exchange).toMatchObject({ method: 'GET', status: 200 })
      expect([...(exchange?.url.searchParams.keys() ?? [])]).not.toContain('query')
      expect(exchange?.url.search).toMatch(/[0-9a-f]{64}/)
    })

    test(`is let in from another origin ${preflight ? 'after' : 'without'} asking by OPTIONS`, async () => {
      expect((await client.query('EventDetail', { slug: 'gelora-kampus' })).codes).toEqual([])
      expect(browser.exchanges).toMatchObject([{ status: 200, preflight }])
    })

    test('shows an event with its parts', async () => {
      const { event } = await categoryOf(app, 'gelora-kampus')
      const { data, codes } = await client.query('EventDetail', { slug: 'gelora-kampus' })
      expect(codes).toEqual([])
      expect(data.event).toMatchObject({ id: event.id, title: event.title, __typename: 'Event' })
      expect(data.event.ticketCategories).toHaveLength(event.ticketCategories.length)
    })

    test('shows nothing for an event that is not there', async () => {
      expect(await client.query('EventDetail', { slug: 'tidak-ada' })).toEqual({
        data: { event: null },
        codes: [],
      })
    })

    test('hands on the typed error of a bad cursor, and it is kept by nobody', async () => {
      const bad = { first: 2, after: 'no-cursor-of-ours' }
      expect((await client.query('EventList', bad)).codes).toEqual(['VALIDATION_FAILED'])
      expect((await client.query('EventList', bad)).codes).toEqual(['VALIDATION_FAILED'])
      expect(statuses()).not.toContain(304)
    })

    test('hands on the typed error of a variable of the wrong type', async () => {
      expect((await client.query('EventList', { first: 'two' })).codes).toEqual(['BAD_USER_INPUT'])
    })

    test('is shown a list and a page by the browser when the server answers 304', async () => {
      for (const [operation, variables] of [
        ['EventList', { first: 5 }],
        ['EventDetail', { slug: 'gelora-kampus' }],
      ] as const) {
        const first = await client.query(operation, variables)
        const again = await client.query(operation, variables)
        expect(first.codes).toEqual([])
        expect(again).toEqual(first)
      }
      expect(statuses()).toEqual([200, 304, 200, 304])
    })

    test('is shown a change at once, and 304 again when there is none', async () => {
      const staff = await hire(app, 'MANAGER')
      const event = await addEvent(app, staff.organizerId, { title: 'Lama' })
      const title = async () => (await client.query('EventDetail', { slug: event.slug })).data.event.title
      // An answer that was read while a purge was on its way is given but kept by nobody.
      const isKept = async (expected: string) => {
        expect(await title()).toBe(expected)
        return statuses().at(-1) === 304
      }
      await eventually(() => isKept('Lama'))
      await resultOf(app, 'updateEvent', { input: { id: event.id, title: 'Baru' } }, staff.token)
      expect(await title()).toBe('Baru')
      expect(statuses().at(-1)).toBe(200)
      await eventually(() => isKept('Baru'))
    })

    test('posts a mutation, and is refused with a member of the result that says why', async () => {
      const { event, category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
      const quantity = category.maxPerOrder + 1
      const input = {
        eventId: event.id,
        tickets: [{ ticketCategoryId: category.id, quantity }],
        buyer: guest(),
      }
      const { data, codes } = await client.mutate('CreateOrder', { input, idempotencyKey: key() })
      expect(codes).toEqual([])
      expect(data.createOrder).toMatchObject({
        __typename: 'LimitExceededError',
        code: 'LIMIT_EXCEEDED',
        limit: category.maxPerOrder,
      })
      expect(browser.exchanges.map(({ method, status }) => [method, status])).toEqual([['POST', 200]])
    })

    test('posts a mutation that succeeds, and reads with the token that it got, past every cache', async () => {
      const buyer = guest('sari')
      const input = { ...buyer, password: 'a-good-password' }
      const { data } = await client.mutate('Register', { input })
      expect(data.register.__typename).toBe('Session')
      const signedIn = connect(app.url, browser, data.register.accessToken)
      const me = await signedIn.query('Me', {})
      expect(me.data.me.email).toBe(buyer.email)
      expect(await signedIn.query('Me', {})).toEqual(me)
      expect((await client.query('Me', {})).data.me).toBe(null)
      expect(statuses()).toEqual([200, 200, 200, 200])
    })
  })
}
