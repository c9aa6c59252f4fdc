import { Redis } from 'ioredis'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { keyHider } from '../../platform/hidden-key.ts'
import { createLimiters } from '../../platform/limiter.ts'
import { createLoginThrottle, type LoginThrottle } from './login-throttle.ts'

const hide = keyHider('a secret of a test, with 32 characters')

// Never connected: what holds here holds while Redis is away, and the rules are the same with it.
const throttle = () =>
  createLoginThrottle(createLimiters(new Redis({ lazyConnect: true }), pino({ level: 'silent' }), hide))

const OWNER = 'sari@example.com'
const HOME = '203.0.113.7'
const STRANGER = '198.51.100.9'

async function fail(times: number, login: LoginThrottle, email: string, ip: string): Promise<number> {
  const answers = await Promise.all(Array.from({ length: times }, () => login.consume(email, ip)))
  return answers.filter((answer) => answer === null).length
}

test('of many parallel guesses five are looked at', async () => {
  const login = throttle()
  expect(await fail(40, login, OWNER, HOME)).toBe(5)
  const refusal = await login.consume(OWNER, HOME)
  expect(refusal?.retryAfterSeconds).toBeGreaterThan(890)
  expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(900)
})

test("a stranger's failures do not lock the owner out at another address", async () => {
  const login = throttle()
  await fail(10, login, OWNER, STRANGER)
  expect(await login.consume(OWNER, HOME)).toBeNull()
})

test('success forgets the failures before it', async () => {
  const login = throttle()
  await fail(4, login, OWNER, HOME)
  expect(await login.consume(OWNER, HOME)).toBeNull()
  await login.succeed(OWNER, HOME)
  expect(await fail(6, login, OWNER, HOME)).toBe(5)
})

test('an attempt that is taken back does not count', async () => {
  const login = throttle()
  for (let round = 0; round < 60; round++) {
    expect(await login.consume(OWNER, HOME)).toBeNull()
    await login.undo(OWNER, HOME)
  }
})

test('one address guesses at fifty accounts at most, however often it signs in to its own', async () => {
  const login = throttle()
  let looked = 0
  for (let index = 0; index < 80; index++) {
    if ((await login.consume(`victim-${index}@example.com`, STRANGER)) === null) looked++
    if ((await login.consume('own@example.com', STRANGER)) === null) {
      await login.succeed('own@example.com', STRANGER)
    }
  }
  expect(looked).toBe(50)
  expect(await login.consume(OWNER, HOME)).toBeNull()
})

test('one account that is locked out does not use up the address of an office', async () => {
  const login = throttle()
  for (let index = 0; index < 100; index++) await login.consume(OWNER, HOME)
  expect(await login.consume('colleague@example.com', HOME)).toBeNull()
})

test('the addresses of one IPv6 network count as one, and an IPv4 address counts the same in IPv6 form', async () => {
  const login = throttle()
  for (let host = 1; host <= 5; host++) await login.consume(OWNER, `2001:db8:1:2::${host}`)
  expect(await login.consume(OWNER, '2001:db8:1:2:ffff::1')).not.toBeNull()
  expect(await login.consume(OWNER, '2001:db8:1:3::1')).toBeNull()
  await fail(5, login, OWNER, HOME)
  expect(await login.consume(OWNER, `::ffff:${HOME}`)).not.toBeNull()
})
