// A mutation of the manifest has a shorter way than through Yoga, and so has a person's own read without lists. Whoever names the operation besides takes the long one.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addOrganizer } from './setup/catalogue.ts'
import { guest, key } from './setup/shop.ts'

let app: TestApp
let category: { id: string; eventId: string }
let names: Map<string, string>

beforeAll(async () => {
  app = await startApp()
  const event = await addEvent(app, (await addOrganizer(app)).id)
  category = await addCategory(app, event.id, { quota: 10 })
  const { operations } = JSON.parse(await readFile('persisted-queries/manifest.json', 'utf8'))
  names = new Map(operations.map(({ name, id }: { name: string; id: string }) => [name, id]))
})
afterAll(() => app.close())

let network = 0

async function post(name: string, variables: unknown, more: object, headers: Record<string, string>) {
  network += 1
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Forwarded-For': `192.0.2.${network % 250}`,
      ...headers,
    },
    body: JSON.stringify({ documentId: `sha256:${names.get(name)}`, variables, ...more }),
  })
  const { status } = response
  const stays = ['content-type', 'cache-control', 'retry-after']
  return { status, headers: stays.map((one) => response.headers.get(one)), body: await response.json() }
}

const cart = (more: object = {}) => ({
  input: {
    eventId: category.eventId,
    tickets: [{ ticketCategoryId: category.id, quantity: 1, ...more }],
    buyer: guest(),
  },
  idempotencyKey: key(),
})

const scan = { gateId: key(), ticketToken: 'nobody' }

const cases: [string, string, () => unknown, Record<string, string>?][] = [
  ['an order', 'CreateOrder', () => cart()],
  ['a typed refusal', 'CreateOrder', () => cart({ quantity: 9_999 })],
  ['a refusal of what is sold out', 'CreateOrder', () => cart({ quantity: 20 })],
  ['a number that is none', 'CreateOrder', () => cart({ quantity: 'many' })],
  ['a field that is not there', 'CreateOrder', () => cart({ price: 1 })],
  ['no variables at all', 'CreateOrder', () => ({})],
  ['null where something is needed', 'CreateOrder', () => ({ ...cart(), idempotencyKey: null })],
  ['a token that is none', 'CancelOrder', () => cart(), { Authorization: 'Bearer nonsense' }],
  ['work for staff, asked by nobody', 'CheckIn', () => ({ input: scan, idempotencyKey: key() })],
  ['a poll of a waiting room', 'WaitingRoom', () => ({ eventId: category.eventId })],
  ['a poll with a token that is none', 'WaitingRoom', () => ({ eventId: category.eventId, token: 'x' })],
  ['a poll of nothing', 'WaitingRoom', () => ({})],
  ['who asks, signed in by nobody', 'Me', () => ({})],
  ['the other media type', 'CreateOrder', () => ({}), { Accept: 'application/graphql-response+json' }],
]

test.each(cases)('%s is answered the same both ways', async (_, name, variables, headers = {}) => {
  const given = variables()
  const short = await post(name, given, {}, headers)
  const long = await post(name, given, { operationName: name }, headers)
  expect(short).toEqual(long)
})

test('an error of a resolver says where in the document and in the answer it is', async () => {
  const { body } = await post('CheckIn', { input: scan, idempotencyKey: key() }, {}, {})
  expect(body.errors).toEqual([
    expect.objectContaining({ path: ['checkIn'], locations: [{ line: expect.any(Number), column: 3 }] }),
  ])
})
