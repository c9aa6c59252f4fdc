// How often who may call what, through HTTP. What is made at once stands in races/rate-limits.race.test.ts.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { addEvent } from './setup/catalogue.ts'
import { categoryOf, guest, key } from './setup/shop.ts'
import { hire, resultOf, signUp } from './setup/staff.ts'

let app: TestApp
let category: { id: string; eventId: string }
let devices: string[]

beforeAll(async () => {
  app = await startApp({ season: true })
  category = (await categoryOf(app, 'gelora-kampus', 'Reguler')).category
  const { organizerId, token } = await hire(app, 'OWNER')
  const event = await addEvent(app, organizerId)
  const input = { eventId: event.id, name: 'Timur', ticketCategoryIds: [] }
  const gate = await resultOf(app, 'createGate', { input }, token)
  const device = async (name: string) => {
    const made = { input: { gateId: gate.id, name } }
    return (await resultOf(app, 'registerGateDevice', made, token, '... on GateDeviceToken { token }')).token
  }
  devices = [await device('Pemindai 1'), await device('Pemindai 2')]
})
afterAll(() => app.close())

let networks = 0
/** A network that nobody has called from. */
const network = () => `198.18.${++networks >> 8}.${networks & 255}`
const from = (address: string, token?: string) => ({
  headers: { 'X-Forwarded-For': address },
  ...(token ? { token } : {}),
})
const times = (count: number, call: (index: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, index) => call(index)))
const refusedOf = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 429)

const cart = (email: string) => ({
  eventId: category.eventId,
  tickets: [{ ticketCategoryId: category.id, quantity: 1 }],
  buyer: { name: 'Budi', email },
})
const buy = (email: string, address: string) =>
  app.call('CreateOrder', { input: cart(email), idempotencyKey: key() }, from(address))

/**
 * What is left of a network's calls. It is tried again where it is not so: each five seconds a process keeps the first call to
 * itself (own-first.ts), and these may begin in between.
 */
async function isLeft(calls: number, after: (address: string) => Promise<Answer>): Promise<void> {
  let left: number | undefined
  for (let tries = 0; left !== calls && tries < 3; tries++) {
    const { headers } = await after(network())
    left = Number(/"guests";r=(\d+);/.exec(headers.get('ratelimit') ?? '')?.[1])
  }
  expect(left).toBe(calls)
}

type Call = (address: string, who: string) => Promise<Answer>
// What each call does is refused by its command: only that it is counted matters here.
const pay: Call = (address, orderId) =>
  app.call('PayOrder', { input: { orderId, method: 'QRIS' }, idempotencyKey: key() }, from(address))
const cancel: Call = (address, orderId) =>
  app.call('CancelOrder', { input: { orderId }, idempotencyKey: key() }, from(address))
const release: Call = (address, holdId) =>
  app.call('ReleaseHold', { holdId, idempotencyKey: key() }, from(address))
const login: Call = (address) => app.call('Login', { input: { email: 'x', password: 'y' } }, from(address))
const register: Call = (address) =>
  app.call('Register', { input: { name: 'Sari', email: 'x', password: 'y' } }, from(address))
const refresh: Call = (address) => app.call('RefreshSession', { refreshToken: 'x' }, from(address))
const document: Call = (address) => app.query('{ __typename }', {}, from(address))
const scan = (token: string) => (address: string) =>
  app.call(
    'CheckIn',
    { input: { ticketToken: 'x', gateId: newId() }, idempotencyKey: key() },
    from(address, token),
  )

describe('a limit', () => {
  const rules: [name: string, points: number, seconds: number, call: Call][] = [
    ['orders', 10, 2, (address, who) => buy(`${who}@karcis.test`, address)],
    ['payments', 10, 2, pay],
    ['charges', 250, 5, (address) => pay(address, newId())],
    ['cancellations', 10, 2, cancel],
    ['holds', 10, 2, release],
    ['logins', 50, 5, login],
    ['registrations', 25, 5, register],
    ['sessions', 100, 5, refresh],
    ['check-ins', 100, 5, (address) => scan(devices[0] ?? '')(address)],
    ['documents', 200, 10, document],
  ]
  test.each(rules)(
    'of %s lets %i calls in %i seconds pass and refuses one more',
    async (name, points, seconds, call) => {
      const [address, who] = [network(), newId()]
      const answers = await times(points + 1, () => call(address, who))
      const [refusal, ...more] = refusedOf(answers)
      expect(more).toHaveLength(0)
      expect(refusal?.headers.get('ratelimit-policy')).toContain(`"${name}";q=${points};w=${seconds}`)
      expect(refusal?.headers.get('ratelimit')).toMatch(new RegExp(`"${name}";r=0;t=[1-9]`))
    },
  )

  test('of orders is of one guest: another e-mail and another network are not held up', async () => {
    const [email, address] = [guest().email, network()]
    await times(10, () => buy(email, address))
    expect((await buy(` ${email.toUpperCase()}`, address)).status).toBe(429)
    expect((await buy(guest().email, address)).status).toBe(200)
    expect((await buy(email, network())).status).toBe(200)
  })

  test('of orders is of one account wherever it is, and of no other', async () => {
    const [sari, budi] = [await signUp(app), await signUp(app, 'Budi')]
    const buyAs = (token: string) =>
      app.call('CreateOrder', { input: cart(guest().email), idempotencyKey: key() }, { token })
    expect(refusedOf(await times(12, () => buyAs(sari.token)))).toHaveLength(2)
    expect((await buyAs(budi.token)).status).toBe(200)
  })

  test('of payments and cancellations is of one order', async () => {
    const [address, one] = [network(), newId()]
    await Promise.all([times(10, () => pay(address, one)), times(10, () => cancel(address, one))])
    expect((await pay(address, one.toUpperCase())).status).toBe(429)
    expect((await cancel(address, one)).status).toBe(429)
    expect((await pay(address, newId())).status).toBe(200)
  })

  test('of check-ins is of one device', async () => {
    const [, second = ''] = devices
    const answers = await times(101, () => scan(second)(network()))
    expect(refusedOf(answers)).toHaveLength(1)
    const third = await hire(app, 'GATE')
    expect((await scan(third.token)(network())).status).toBe(200)
  })

  test('of guests holds 1000 made-up e-mails of one network, and no account there', async () => {
    const empty = (index: number) => ({
      input: { buyer: { name: 'Budi', email: `a${index}@karcis.test` } },
      idempotencyKey: key(),
    })
    let address = ''
    let answers: Answer[] = []
    // The ceiling is one of 5 seconds. A machine that took longer for the calls has begun another window, and tries again.
    for (let took = 5_000, tries = 0; took >= 5_000 && tries < 5; tries++) {
      address = network()
      const began = performance.now()
      answers = await times(1_001, (index) => app.call('CreateOrder', empty(index), from(address)))
      took = performance.now() - began
    }
    const [refusal, ...more] = refusedOf(answers)
    expect(more).toHaveLength(0)
    expect(refusal?.headers.get('ratelimit-policy')).toContain('"guests";q=1000;w=5')
    const { token } = await signUp(app)
    const own = { input: cart(guest().email), idempotencyKey: key() }
    expect((await app.call('CreateOrder', own, from(address, token))).status).toBe(200)
  })
})

describe('a refusal', () => {
  test('is a whole 429 without effect, that says how long to wait and nothing else', async () => {
    const [email, address] = [guest().email, network()]
    const answers = await times(11, () => buy(email, address))
    const [refusal] = refusedOf(answers)
    const seconds = Number(refusal?.headers.get('retry-after'))
    expect(refusal?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(refusal?.body).toEqual({
      errors: [
        {
          message: 'Too many requests. Wait before the next one.',
          extensions: { code: 'RATE_LIMITED', retryAfterSeconds: seconds },
        },
      ],
    })
    expect(refusal?.headers.get('cache-control')).toContain('no-store')
    expect(await app.prisma.order.count({ where: { buyerEmail: email } })).toBe(10)
    await sleep(seconds * 1_000)
    expect((await buy(email, address)).body.data.createOrder.__typename).toBe('Order')
  })

  test('can be read by scripts of other sites', async () => {
    const { headers } = await app.call(
      'CreateOrder',
      { input: cart(guest().email), idempotencyKey: key() },
      {
        headers: { Origin: 'https://shop.example' },
      },
    )
    const exposed = headers.get('access-control-expose-headers')?.split(', ')
    expect(exposed).toEqual(expect.arrayContaining(['Retry-After', 'RateLimit', 'RateLimit-Policy']))
  })

  test('takes nothing from what a network shares', async () => {
    // 10 that passed, and two more.
    await isLeft(988, async (address) => {
      const email = guest().email
      await times(20, () => buy(email, address))
      await buy(guest().email, address)
      return buy(guest().email, address)
    })
  })

  test('is counted by its rule', async () => {
    const [email, address] = [guest().email, network()]
    const count = async () => {
      const text = await (await fetch(`${app.url}/metrics`)).text()
      return Number(/^karcis_rate_limited_total\{rule="orders"\} (\d+)/m.exec(text)?.[1] ?? 0)
    }
    const before = await count()
    await times(13, () => buy(email, address))
    expect(await count()).toBe(before + 3)
  })
})

test('an answer says what is left', async () => {
  const [email, address] = [guest().email, network()]
  const { headers } = await buy(email, address)
  expect(headers.get('ratelimit-policy')).toBe('"orders";q=10;w=2, "guests";q=1000;w=5')
  expect(headers.get('ratelimit')).toBe('"orders";r=9;t=2, "guests";r=999;t=5')
  await isLeft(998, async (address) => {
    const { email } = guest()
    await buy(email, address)
    const second = await buy(email, address)
    expect(second.headers.get('ratelimit')).toMatch(/^"orders";r=8;t=[12], "guests";r=\d+;t=[1-5]$/)
    return second
  })
  const catalogue = await app.call('EventList', { first: 1 }, { method: 'GET' })
  expect(catalogue.headers.get('ratelimit')).toBeNull()
})

describe('in one document', () => {
  const call = (alias: string) =>
    `${alias}: createOrder(input: $input, idempotencyKey: "${key()}") { __typename }`
  const calls = (count: number, prefix = 'a') =>
    Array.from({ length: count }, (_, index) => call(prefix + index)).join(' ')
  const run = (source: string, address: string, email: string, variables: object = {}) =>
    app.query(source, { input: cart(email), ...variables }, from(address))
  const left = (answer: Answer) => Number(/"orders";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1])
  const header = 'mutation ($input: CreateOrderInput!'

  test('ten aliases are ten calls', async () => {
    const [email, address] = [guest().email, network()]
    const ten = await run(`${header}) { ${calls(10)} }`, address, email)
    expect(Object.values<{ __typename: string }>(ten.body.data).map((one) => one.__typename)).toEqual(
      Array(10).fill('Order'),
    )
    expect(left(ten)).toBe(0)
    expect((await buy(email, address)).status).toBe(429)
  })

  test('ten aliased logins are ten calls, and each costs its own', async () => {
    const address = network()
    const logins = Array.from(
      { length: 10 },
      (_, index) => `a${index}: login(input: { email: "x", password: "y" }) { __typename }`,
    )
    const { headers } = await app.query(`mutation { ${logins.join(' ')} }`, {}, from(address))
    expect(headers.get('ratelimit')).toMatch(/"logins";r=40;/)
  })

  test('the eleventh alias refuses all, and none runs', async () => {
    const [email, address] = [guest().email, network()]
    const answer = await run(`${header}) { ${calls(11)} }`, address, email)
    expect(answer.status).toBe(429)
    expect(answer.body.data).toBeUndefined()
    expect(await app.prisma.order.count({ where: { buyerEmail: email } })).toBe(0)
    // The document has used up the window of whoever sent it, and nothing of its neighbours'.
    expect((await buy(email, address)).status).toBe(429)
    expect((await buy(guest().email, address)).headers.get('ratelimit')).toMatch(/"guests";r=999;/)
  })

  test('what stands in fragments counts, once where it runs once', async () => {
    const spread = await run(
      `${header}) { ...F ...F ... { ${calls(2, 'b')} } ... on Mutation { ...G } }
       fragment F on Mutation { ${calls(3, 'c')} } fragment G on Mutation { ...F ${calls(1, 'd')} }`,
      network(),
      guest().email,
    )
    expect(spread.status).toBe(200)
    expect(Object.keys(spread.body.data)).toHaveLength(6)
    expect(left(spread)).toBe(4)
  })

  test('what a directive leaves out does not count, and what a default lets in does', async () => {
    const source = `${header}, $skip: Boolean! = false, $with: Boolean! = true) {
      ${calls(6)} ... @skip(if: $skip) { ${calls(3, 'b')} } ...F @include(if: $with)
    } fragment F on Mutation { ${calls(2, 'c')} }`
    const less = await run(source, network(), guest().email, { skip: true, with: false })
    expect([less.status, left(less)]).toEqual([200, 4])
    expect((await run(source, network(), guest().email)).status).toBe(429)
  })

  test('what belongs to another operation does not count', async () => {
    const source = `mutation One($input: CreateOrderInput!) { ${calls(1)} } mutation Ten($input: CreateOrderInput!) { ${calls(10, 'b')} }`
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': network() },
      body: JSON.stringify({
        query: source,
        operationName: 'One',
        variables: { input: cart(guest().email) },
      }),
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('ratelimit')).toMatch(/"orders";r=9;/)
  })

  test('a variable with a default is no error', async () => {
    const literal = '{ email: "x", password: "y" }'
    const source = `mutation ($input: LoginInput! = ${literal}) { login(input: $input) { __typename } }`
    const answer = await app.query(source, {}, from(network()))
    expect(answer.body).toEqual({ data: { login: { __typename: 'ValidationError' } } })
  })
})

describe('the client', () => {
  test('of an untrusted peer is the peer, whatever X-Forwarded-For says', async () => {
    const strict = await startApp({
      environment: { DATABASE_URL: app.databaseUrl, TRUST_PROXY: '192.0.2.1' },
    })
    try {
      const answers = await times(30, (index) =>
        strict.call('Register', { input: { name: '', email: '', password: '' } }, from(`203.0.113.${index}`)),
      )
      expect(refusedOf(answers)).toHaveLength(5)
    } finally {
      await strict.close()
    }
  })

  test('of a trusted proxy is who it names, not what that one wrote itself', async () => {
    const named = await times(30, () => register(network(), ''))
    expect(refusedOf(named)).toHaveLength(0)
    const address = network()
    const spoofed = await times(30, (index) => register(`203.0.113.${index}, ${address}`, ''))
    expect(refusedOf(spoofed)).toHaveLength(5)
  })

  test('of IPv6 is its /64', async () => {
    const answers = await times(30, (index) => register(`2001:db8:1:2::${index}`, ''))
    expect(refusedOf(answers)).toHaveLength(5)
    expect((await register('2001:db8:1:3::1', '')).status).toBe(200)
  })

  test('of IPv6 may have no more with all of a /56 than four households', async () => {
    const answers = await times(110, (index) => register(`2001:db8:2:${index.toString(16)}::1`, ''))
    expect(refusedOf(answers)).toHaveLength(10)
    expect((await register('2001:db8:2:1ff::1', '')).status).toBe(200)
  })
})
