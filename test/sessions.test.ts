import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, startApp, type TestApp } from './setup/app.ts'
import { testSecrets } from './setup/secrets.ts'
import { signUp } from './setup/staff.ts'

let app: TestApp
let sari: Awaited<ReturnType<typeof signUp>>

beforeAll(async () => {
  app = await startApp({ season: true })
  sari = await signUp(app)
})
afterAll(() => app.close())

const me = (token: string) => app.call('Me', {}, { token })
const refresh = async (refreshToken: string, token?: string) =>
  (await app.call('RefreshSession', { refreshToken }, token ? { token } : {})).body.data.refreshSession

function expectUnauthenticated({ status, headers, body }: Answer): void {
  expect(status, JSON.stringify(body)).toBe(401)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED')
  expect(body.data?.me ?? null).toBeNull()
}

test('refreshing gives new tokens, and each refresh token works once', async () => {
  const { refreshToken, token } = await signUp(app)
  const next = await refresh(refreshToken)
  expect(next.__typename).toBe('Session')
  expect(next.refreshToken).not.toBe(refreshToken)
  expect((await me(next.accessToken)).body.data.me).not.toBeNull()
  // The old access token lives on until its own end: both are of the same session.
  expect((await me(token)).status).toBe(200)
  const third = await refresh(next.refreshToken)
  expect(third.__typename).toBe('Session')
})

test('a refresh token gets the same successor for 30 seconds, and later ends the session for thief and owner', async () => {
  const { refreshToken, token } = await signUp(app)
  const next = await refresh(refreshToken)
  app.clock.advance(25)
  const again = await refresh(refreshToken)
  expect(again.refreshToken).toBe(next.refreshToken)
  expect((await me(again.accessToken)).status).toBe(200)
  // One that lost two answers is led to the newest; its time is that of its own first use.
  const third = await refresh(next.refreshToken)
  expect((await refresh(refreshToken)).refreshToken).toBe(third.refreshToken)
  app.clock.advance(10)
  expect(await refresh(refreshToken)).toMatchObject({
    __typename: 'InvalidCredentialsError',
    code: 'INVALID_CREDENTIALS',
  })
  expect((await refresh(third.refreshToken)).code).toBe('INVALID_CREDENTIALS')
  expectUnauthenticated(await me(token))
  expectUnauthenticated(await me(third.accessToken))
})

test('what is stored of a session gives nobody a refresh token of it', async () => {
  const { refreshToken } = await signUp(app)
  const { refreshToken: next } = await refresh(refreshToken)
  const rows = await app.prisma.$queryRaw`SELECT row_to_json(s)::text AS row FROM session s`
  for (const token of [refreshToken, next]) {
    const [sessionId, secret = ''] = token.split('.')
    expect(JSON.stringify(rows)).toContain(sessionId)
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret, 'base64url').toString('hex'))
  }
})

test.each([
  ['refreshes', (refreshToken: string) => refresh(refreshToken)],
  ['logouts', (refreshToken: string) => app.call('Logout', { refreshToken })],
])('%s with the id of a session and no secret of it do not end it', async (_name, attack) => {
  const victim = await signUp(app)
  const thief = await signUp(app)
  const [id] = victim.refreshToken.split('.')
  const [, foreign] = thief.refreshToken.split('.')
  for (const secret of ['A'.repeat(43), foreign]) await attack(`${id}.${secret}`)
  expect((await me(victim.token)).status).toBe(200)
  expect((await refresh(victim.refreshToken)).__typename).toBe('Session')
})

test('of 10 refreshes at once with one token all get the one successor, and the session goes on', async () => {
  const { refreshToken } = await signUp(app)
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refreshToken)))
  expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1)
  expect((await refresh(answers[0].refreshToken)).__typename).toBe('Session')
  expect((await me(answers[0].accessToken)).status).toBe(200)
})

test('a client that lost the answer to its last refresh can sign out with the token that it has', async () => {
  const { refreshToken } = await signUp(app)
  const next = await refresh(refreshToken)
  app.clock.advance(60)
  await app.call('Logout', { refreshToken })
  expectUnauthenticated(await me(next.accessToken))
})

test.each(['', 'x', randomUUID(), `${randomUUID()}.${'A'.repeat(43)}`, "' OR 1=1 --"])(
  'the refresh token %j is refused, and logging it out changes nothing',
  async (refreshToken) => {
    expect((await refresh(refreshToken)).code).toBe('INVALID_CREDENTIALS')
    expect((await app.call('Logout', { refreshToken })).body).toEqual({ data: { logout: true } })
    expect((await me(sari.token)).status).toBe(200)
  },
)

test('logging out ends one session at once, its access token included, and no other', async () => {
  const first = await signUp(app)
  const second = await app.login(first.email, first.password)
  expect((await app.call('Logout', { refreshToken: first.refreshToken })).body.data.logout).toBe(true)
  expectUnauthenticated(await me(first.token))
  expect((await refresh(first.refreshToken)).code).toBe('INVALID_CREDENTIALS')
  expect((await me(second)).status).toBe(200)
})

const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Sari's own access token with something changed, signed again. */
function forge(changes: { header?: object; claims?: object; secret?: string } = {}): Promise<string> {
  const [header, claims] = sari.token.split('.')
  const secret = new TextEncoder().encode(changes.secret ?? testSecrets.JWT_SECRET)
  return new SignJWT({ ...decode(claims), ...changes.claims })
    .setProtectedHeader({ ...decode(header), ...changes.header })
    .sign(secret)
}

test('a token that is forged as ours is good: the refusals below are for what is wrong with them', async () => {
  expect((await me(await forge())).body.data.me.email).toBe(sari.email)
})

const seconds = () => Math.floor(Date.now() / 1_000)

test.each([
  ['another key', () => ({ secret: 'x'.repeat(48) })],
  ['the key of links', () => ({ secret: testSecrets.LINK_SECRET })],
  ['the key of tickets', () => ({ secret: testSecrets.TICKET_SECRET })],
  ['another algorithm', () => ({ header: { alg: 'HS512' } })],
  ['another type', () => ({ header: { typ: 'JWT' } })],
  ['no type', () => ({ header: { typ: undefined } })],
  ['a path for a key', () => ({ header: { kid: '../../../../dev/null' }, secret: '\u0000'.repeat(32) })],
  ['another issuer', () => ({ claims: { iss: 'evil' } })],
  ['another audience', () => ({ claims: { aud: 'karcis-queue' } })],
  ['no end', () => ({ claims: { exp: undefined } })],
  ['a past end', () => ({ claims: { exp: seconds() - 60 } })],
  ['a later beginning', () => ({ claims: { nbf: seconds() + 600 } })],
  ['another account', () => ({ claims: { sub: randomUUID() } })],
  ['an unknown session', () => ({ claims: { sid: randomUUID() } })],
  ['SQL for a session', () => ({ claims: { sid: "' OR 1=1 --" } })],
  ['no session', () => ({ claims: { sid: undefined } })],
])('a token with %s is refused', async (_name, changes) => {
  expectUnauthenticated(await me(await forge(changes())))
})

test('a token without signature, or with its signature cut or of another token, is refused', async () => {
  const [header, claims, signature] = sari.token.split('.')
  const [, , otherSignature] = (await signUp(app)).token.split('.')
  for (const alg of ['none', 'None', 'NONE', '']) {
    const forged = encode({ ...decode(header), alg })
    for (const tail of ['', signature]) expectUnauthenticated(await me(`${forged}.${claims}.${tail}`))
  }
  expectUnauthenticated(await me(`${header}.${claims}.`))
  expectUnauthenticated(await me(`${header}.${claims}.${signature?.slice(0, -2)}`))
  expectUnauthenticated(await me(`${header}.${claims}.${otherSignature}`))
})

test.each(['Bearer', 'Bearer ', 'Basic c2FyaTpzYXJp', 'x', 'Bearer a b', 'Bearer kgd_unknown'])(
  'the header %j is refused, not taken for a guest',
  async (authorization) => {
    expectUnauthenticated(await app.call('Me', {}, { headers: { Authorization: authorization } }))
  },
)

test('an access token ends with its time; the session can still be refreshed, until that ends too', async () => {
  const { token, refreshToken } = await signUp(app)
  app.clock.advance(901)
  expectUnauthenticated(await me(token))
  // Clients send what they have: a stale token must not stand in the way of a new one, nor of what is public.
  const stale = { token }
  const login = await app.call('Login', { input: { email: sari.email, password: sari.password } }, stale)
  expect(login.body.data.login.__typename).toBe('Session')
  expect((await app.call('EventList', {}, { ...stale, method: 'GET' })).status).toBe(200)
  const next = await refresh(refreshToken, token)
  expect(next.__typename).toBe('Session')
  app.clock.advance(2_592_001)
  expect((await refresh(next.refreshToken)).code).toBe('INVALID_CREDENTIALS')
})
