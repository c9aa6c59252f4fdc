import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { categoryOf, order } from './setup/shop.ts'
import { signUp } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

const PASSWORD = 'a-good-password'
const register = async (input: object) =>
  (await app.call('Register', { input: { name: 'Sari', password: PASSWORD, ...input } })).body.data.register
/** From an address of its own, so that the tests do not lock each other out. */
const login = async (email: string, password: string, from = '203.0.113.1') =>
  (await app.call('Login', { input: { email, password } }, { headers: { 'X-Forwarded-For': from } })).body
    .data.login
const newEmail = () => `sari-${newId()}@karcis.test`

test('an account can be made, used at once, and signed in to in any case', async () => {
  const email = newEmail()
  const session = await register({
    email: `  ${email.toUpperCase()} `,
    name: ' Sari ',
    phone: '+62 812-3456-789',
  })
  expect(session).toMatchObject({ __typename: 'Session', user: { name: 'Sari', email } })
  const me = await app.call('Me', {}, { token: session.accessToken })
  expect(me.body.data.me).toMatchObject({ name: 'Sari', email })
  expect(me.headers.get('cache-control')).toContain('no-store')
  const again = await login(`${email.slice(0, 4).toUpperCase()}${email.slice(4)} `, PASSWORD)
  expect(again.user.id).toBe(session.user.id)
  expect(again.accessToken).not.toBe(session.accessToken)
  const stored = await app.prisma.account.findUniqueOrThrow({ where: { email } })
  expect(stored.phone).toBe('+628123456789')
  expect(stored.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('an answer about an account shows no password and no hash', async () => {
  const email = newEmail()
  expect(JSON.stringify(await register({ email }))).not.toContain('argon2')
  const { body } = await app.query('{ me { id passwordHash } }')
  expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
})

test('a taken e-mail is refused in any case, and of 12 at once one gets it', async () => {
  const email = newEmail()
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, index) => register({ email: index % 2 ? email : email.toUpperCase() })),
  )
  expect(results.filter((result) => result.__typename === 'Session')).toHaveLength(1)
  const taken = results.filter((result) => result.__typename === 'EmailTakenError')
  expect(taken).toHaveLength(11)
  expect(taken[0]).toMatchObject({ code: 'EMAIL_TAKEN', path: ['input', 'email'] })
  expect(await app.prisma.account.count({ where: { email } })).toBe(1)
})

test('a taken e-mail is refused in every form that a person means by it, which all sign in', async () => {
  const email = newEmail()
  const [person = '', domain = ''] = email.split('@')
  await register({ email })
  for (const typed of [
    `\u202a${email}\u202c`,
    `${person}\u200b@${domain}`,
    `${person}＠${domain}`,
    `${person}@ｋａｒｃｉｓ．ｔｅｓｔ`,
    `${person}@karcis。test`,
    `\u3000${email.toUpperCase()}`,
  ]) {
    expect((await register({ email: typed })).__typename, typed).toBe('EmailTakenError')
    expect((await login(typed, PASSWORD)).__typename, typed).toBe('Session')
  }
  for (const typed of [
    `${email}.`,
    `${person}..x@${domain}`,
    `${person}@-${domain}`,
    `é${email}`,
    `@${domain}`,
    `${email}/é`,
    `${email}?é`,
    `${person}@k%61rcis.tést`,
  ])
    expect((await register({ email: typed })).path, typed).toEqual(['input', 'email'])
})

test('an account from before is signed in to as it was made, and its e-mail is not taken again', async () => {
  const { id, email } = await signUp(app)
  for (const former of [`${email}.`, email.replace('@', '\u200b@'), `é${email}`]) {
    await app.prisma.account.update({ where: { id }, data: { email: former } })
    expect((await login(former.toUpperCase(), PASSWORD)).user?.email, former).toBe(former)
    const again = await register({ email: former })
    expect(['EmailTakenError', 'ValidationError'], former).toContain(again.__typename)
  }
})

test('a password that is tried first, a name that nobody sees and a number that is none are refused', async () => {
  const email = newEmail()
  for (const password of [
    ' '.repeat(10),
    '1234567890',
    'aaaaaaaaaa',
    'password123',
    email,
    email.split('@')[0],
  ])
    expect((await register({ email, password })).path, password).toEqual(['input', 'password'])
  for (const name of ['\u2800', '\u3164\u115f', '\u200b\u00ad', '\u3000'])
    expect((await register({ email, name })).path, name).toEqual(['input', 'name'])
  const { user } = await register({ email, phone: '\u202a+62 (0)812‑3456.7890\u202c' })
  expect((await app.prisma.account.findUniqueOrThrow({ where: { id: user.id } })).phone).toBe(
    '+6281234567890',
  )
})

test('everything that is wrong with a registration is said at once', async () => {
  const result = await register({ name: ' ', email: 'sari@', password: 'too-short', phone: 'abc' })
  expect(result).toMatchObject({ __typename: 'ValidationError', code: 'VALIDATION_FAILED' })
  const places = result.issues.map((issue: { path: string[] }) => issue.path.join('.'))
  expect(places.sort()).toEqual(['input.email', 'input.name', 'input.password', 'input.phone'])
})

test.each([
  ['a name with a line break', { name: 'a\nBcc: x' }],
  ['a name with U+0000', { name: 'a\u0000' }],
  ['an e-mail with a line break', { email: 'a@b.test\nBcc: x@y.test' }],
  ['a long e-mail', { email: `${'a'.repeat(250)}@b.test` }],
  ['a password of 201 characters', { password: 'x'.repeat(201) }],
])('%s is refused', async (_name, input) => {
  const result = await register({ email: newEmail(), ...input })
  expect(result.__typename).toBe('ValidationError')
})

test('an unknown e-mail and a wrong password look the same', async () => {
  const { email } = await signUp(app)
  const wrong = await login(email, 'not-the-password', '203.0.113.20')
  expect(wrong).toMatchObject({ __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS' })
  expect(await login(newEmail(), 'not-the-password', '203.0.113.20')).toEqual(wrong)
  expect(await login(newEmail(), PASSWORD, '203.0.113.20')).toEqual(wrong)
})

test('5 failures lock an e-mail out at one address, for the right password too, and nowhere else', async () => {
  const { email } = await signUp(app)
  const [thief, home] = ['203.0.113.30', '203.0.113.31']
  const guesses = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      login(index % 2 ? email : email.toUpperCase(), `guess-${index}`, thief),
    ),
  )
  expect(guesses.filter((result) => result.code === 'INVALID_CREDENTIALS')).toHaveLength(5)
  expect(guesses.filter((result) => result.code === 'LOCKED_OUT')).toHaveLength(7)
  const locked = await login(email, PASSWORD, thief)
  expect(locked).toMatchObject({ __typename: 'LockedOutError', code: 'LOCKED_OUT' })
  expect(locked.retryAfterSeconds).toBeGreaterThan(0)
  expect(locked.retryAfterSeconds).toBeLessThanOrEqual(900)
  // What a client writes in front of its own address changes nothing.
  expect((await login(email, PASSWORD, `${home}, ${thief}`)).code).toBe('LOCKED_OUT')
  expect((await login(email, PASSWORD, home)).__typename).toBe('Session')
})

test('an unknown e-mail is locked out as well, so that the lock tells nobody who has an account', async () => {
  const email = newEmail()
  for (let index = 0; index < 5; index++) await login(email, 'guess-guess', '203.0.113.40')
  expect((await login(email, 'guess-guess', '203.0.113.40')).code).toBe('LOCKED_OUT')
})

test('60 wrong logins with any e-mails keep nobody with an account out of a carrier’s address', async () => {
  const carrier = '203.0.113.60'
  const { email } = await signUp(app)
  for (let index = 0; index < 60; index += 20) {
    await Promise.all(Array.from({ length: 20 }, () => login(newEmail(), 'guess-guess', carrier)))
    // How many a second is limited besides.
    const { redis } = app.app.deps
    await redis.del(await redis.keys('karcis:limit:logins:*'))
  }
  expect((await login(newEmail(), 'guess-guess', carrier)).code).toBe('LOCKED_OUT')
  expect((await login(email, 'not-the-password', carrier)).code).toBe('LOCKED_OUT')
  expect((await login(email, PASSWORD, carrier)).__typename).toBe('Session')
})

test('60 guesses at one account from one IPv6 /48 are few, and its owner is not kept out', async () => {
  const { email, refreshToken } = await signUp(app)
  const home = '2001:db8:60:1::1'
  expect((await login(email, PASSWORD, home)).__typename).toBe('Session')
  const guesses: { code: string }[] = []
  for (let index = 0; index < 60; index += 20)
    guesses.push(
      ...(await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          login(email, `guess-${n}`, `2001:db8:60:${((index + n) * 1000).toString(16)}::1`),
        ),
      )),
    )
  expect(guesses.filter(({ code }) => code === 'INVALID_CREDENTIALS').length).toBe(20)
  // From where the owner signed in before, and from a new place with a device that did.
  expect((await login(email, PASSWORD, home)).__typename).toBe('Session')
  const elsewhere = '2001:db8:60:ffff::1'
  expect((await login(email, PASSWORD, elsewhere)).code).toBe('LOCKED_OUT')
  const withDevice = (token: string) =>
    app.call(
      'Login',
      { input: { email, password: PASSWORD, refreshToken: token } },
      { headers: { 'X-Forwarded-For': elsewhere } },
    )
  const other = await signUp(app)
  expect((await withDevice(other.refreshToken)).body.data.login.code).toBe('LOCKED_OUT')
  await app.call('Logout', { refreshToken })
  expect((await withDevice(refreshToken)).body.data.login.__typename).toBe('Session')
})

test('8 aliased logins in one request count 8', async () => {
  const { email } = await signUp(app)
  const from = { headers: { 'X-Forwarded-For': '203.0.113.50' } }
  const fields = Array.from(
    { length: 8 },
    (_, index) =>
      `a${index}: login(input: { email: "${email}", password: "guess-${index}" }) { ... on Error { code } }`,
  )
  const { body } = await app.query(`mutation { ${fields.join(' ')} }`, {}, from)
  const codes = Object.values<{ code: string }>(body.data).map(({ code }) => code)
  expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5)
  expect(codes.filter((code) => code === 'LOCKED_OUT')).toHaveLength(3)
})

test('me is null for a guest, and its orders are those of the account alone, page by page', async () => {
  expect((await app.call('Me')).body).toEqual({ data: { me: null } })
  const [sari, budi] = [await signUp(app), await signUp(app, 'Budi')]
  const { category } = await categoryOf(app, 'gelora-kampus', 'Reguler')
  const buy = async (token: string | undefined, email: string) => {
    const buyer = { name: 'Sari', email }
    const input = {
      eventId: category.eventId,
      tickets: [{ ticketCategoryId: category.id, quantity: 1 }],
      buyer,
    }
    const { body } = await app.call('CreateOrder', { input, idempotencyKey: newId() }, token ? { token } : {})
    return body.data.createOrder.id as string
  }
  const own: string[] = []
  for (let index = 0; index < 5; index++) own.unshift(await buy(sari.token, 'elsewhere@karcis.test'))
  await buy(budi.token, sari.email)
  // A guest may write anybody's e-mail, so it makes the order nobody's.
  await buy(undefined, sari.email)
  await order(app, category)
  const seen: string[] = []
  let after: string | null = null
  do {
    const { body } = await app.call('MyOrders', { first: 2, after }, { token: sari.token })
    const { edges, pageInfo } = body.data.me.orders
    seen.push(...edges.map((edge: { node: { id: string } }) => edge.node.id))
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after)
  expect(seen).toEqual(own)
})
