import { Redis } from 'ioredis'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createGrowingDelay } from '../../platform/growing-delay.ts'
import { keyHider } from '../../platform/hidden-key.ts'
import { createLimiters } from '../../platform/limiter.ts'
import { createLoginThrottle, LOGIN_DELAYS, type LoginAttempt, type LoginThrottle } from './login-throttle.ts'

const hide = keyHider('a secret of a test, with 32 characters')

/** Never connected: what holds here holds while Redis is away, and the rules are the same with it. */
function throttle(): LoginThrottle {
  const redis = new Redis({ lazyConnect: true })
  const log = pino({ level: 'silent' })
  const delays = createGrowingDelay(redis, log, LOGIN_DELAYS)
  return createLoginThrottle(createLimiters(redis, log, hide), delays, hide)
}

const OWNER = 'sari@example.com'
const HOME = '203.0.113.7'
const STRANGER = '198.51.100.9'

const at = (ip: string, more: Partial<LoginAttempt> = {}): LoginAttempt => ({
  email: OWNER,
  ip,
  hasAccount: true,
  known: null,
  ...more,
})

/** How many of these attempts, made at once, had their password looked at. */
async function looked(login: LoginThrottle, attempts: readonly LoginAttempt[]): Promise<number> {
  const answers = await Promise.all(attempts.map((attempt) => login.consume(attempt)))
  return answers.filter((answer) => 'counts' in answer).length
}

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

async function signIn(login: LoginThrottle, attempt: LoginAttempt): Promise<boolean> {
  const pass = await login.consume(attempt)
  if (!('counts' in pass)) return false
  await login.succeed(pass)
  return true
}

const waitOf = async (login: LoginThrottle, attempt: LoginAttempt): Promise<number> => {
  const answer = await login.consume(attempt)
  return 'retryAfterSeconds' in answer ? answer.retryAfterSeconds : 0
}

test('of many parallel guesses five are looked at, and the next waits for seconds', async () => {
  const login = throttle()
  expect(
    await looked(
      login,
      times(40, () => at(HOME)),
    ),
  ).toBe(5)
  const wait = await waitOf(login, at(HOME))
  expect(wait).toBeGreaterThan(0)
  expect(wait).toBeLessThanOrEqual(8)
})

test.each([
  ['one /64', (n: number) => `2001:db8:1:2::${n + 1}`, 5],
  ['the /64 of one /56', (n: number) => `2001:db8:1:${(n % 256).toString(16)}::1`, 10],
  ['the /64 of one /48', (n: number) => `2001:db8:1:${((n % 256) * 256).toString(16)}::1`, 20],
  ['networks all over the world', (n: number) => `10.0.${n >> 8}.${n & 255}`, 100],
])(
  'of 300 guesses at one account from %s few are looked at, and its owner is not kept out',
  async (_name, ipOf, free) => {
    const login = throttle()
    expect(
      await looked(
        login,
        times(300, (n) => at(ipOf(n))),
      ),
    ).toBe(free)
    const known = { sessionId: 'a session of the owner' }
    expect(await signIn(login, at(ipOf(0), { known }))).toBe(true)
    expect(await signIn(login, at(HOME, { known: 'network' }))).toBe(true)
    // Where nobody has guessed from, and fewer than all over the world have failed.
    if (free < 100) expect(await signIn(login, at(HOME))).toBe(true)
  },
)

test('a device that is known and fails waits as well, and keeps nobody else out', async () => {
  const login = throttle()
  const known = { sessionId: 'stolen' }
  expect(
    await looked(
      login,
      times(20, () => at(HOME, { known })),
    ),
  ).toBe(5)
  expect(await signIn(login, at(HOME))).toBe(true)
})

test('success forgets what failed here before it, and nothing elsewhere', async () => {
  const login = throttle()
  await looked(
    login,
    times(4, () => at(HOME)),
  )
  expect(await signIn(login, at(HOME))).toBe(true)
  expect(
    await looked(
      login,
      times(6, () => at(HOME)),
    ),
  ).toBe(5)
  await looked(
    login,
    times(5, () => at(STRANGER)),
  )
  expect(await signIn(login, at('203.0.113.8'))).toBe(true)
  expect(await looked(login, [at(STRANGER)])).toBe(0)
})

test('an attempt that is taken back does not count', async () => {
  const login = throttle()
  for (let round = 0; round < 60; round++) {
    const pass = await login.consume(at(HOME))
    if (!('counts' in pass)) throw new Error('refused')
    await login.undo(pass)
  }
})

test('fifty failures with made-up e-mails pause a network for those, not for accounts', async () => {
  const login = throttle()
  const madeUp = (n: number) => at(HOME, { email: `made-up-${n}@example.com`, hasAccount: false })
  expect(await looked(login, times(80, madeUp))).toBe(50)
  expect(await signIn(login, at(HOME))).toBe(true)
  // What is wrong is told as for an unknown e-mail.
  const pass = await login.consume(at(HOME))
  expect('counts' in pass && pass.pausedSeconds).toBeGreaterThan(0)
})

test('one network guesses at 200 accounts at most, however often it signs in to its own; who is known there gets in', async () => {
  const login = throttle()
  let guesses = 0
  for (let n = 0; n < 260; n++) {
    guesses += await looked(login, [at(STRANGER, { email: `victim-${n}@example.com` })])
    await signIn(login, at(STRANGER, { email: 'own@example.com', known: 'network' }))
  }
  expect(guesses).toBe(200)
  expect(await signIn(login, at(STRANGER, { known: 'network' }))).toBe(true)
  expect(await signIn(login, at(HOME))).toBe(true)
})

test('one account that is locked out does not use up the address of an office', async () => {
  const login = throttle()
  await looked(
    login,
    times(300, () => at(HOME)),
  )
  expect(await signIn(login, at(HOME, { email: 'colleague@example.com' }))).toBe(true)
})

test('an IPv4 address counts the same in IPv6 form', async () => {
  const login = throttle()
  await looked(
    login,
    times(5, () => at(HOME)),
  )
  expect(await looked(login, [at(`::ffff:${HOME}`)])).toBe(0)
})
