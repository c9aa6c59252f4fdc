import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { keyHider } from './hidden-key.ts'
import { createLimiters } from './limiter.ts'
import { ownFirst } from './own-first.ts'

const hide = keyHider('a secret of a test, with 32 characters')

afterEach(() => {
  vi.useRealTimers()
})

const TEN = { points: 10, seconds: 60 }

/** What several processes count together, and one of these processes. */
function counting() {
  const shared = createLimiters(
    new Redis({ lazyConnect: true }),
    pino({ level: 'silent' }),
    hide,
  )('shared', TEN)
  return { shared, process: () => ownFirst(shared, TEN) }
}

type Process = ReturnType<ReturnType<typeof counting>['process']>

const allowed = async (process: Process, times: number): Promise<number> =>
  (await Promise.all(Array.from({ length: times }, () => process.take('a')))).filter((one) => one.allowed)
    .length

test('a process alone lets as many calls at once pass as there are points', async () => {
  expect(await allowed(counting().process(), 50)).toBe(10)
})

test('the first call of a key is told to the others with the second', async () => {
  const { shared, process } = counting()
  const one = process()
  expect(await one.take('a')).toEqual({ allowed: true, remaining: 9, resetSeconds: 60 })
  expect((await shared.take('a')).remaining).toBe(9)
  expect((await one.take('a')).remaining).toBe(7)
  expect((await one.take('a', 3)).remaining).toBe(4)
})

test('each further process lets one call more pass', async () => {
  const { process } = counting()
  const three = [process(), process(), process()]
  let passed = 0
  for (const one of three) passed += await allowed(one, 50)
  expect(passed).toBe(12)
})

test('a call that is given back was none, told or not', async () => {
  const { shared, process } = counting()
  const one = process()
  await one.take('a')
  await one.giveBack('a')
  await one.take('a')
  expect((await one.take('a')).remaining).toBe(8)
  await one.giveBack('a')
  expect((await shared.take('a')).remaining).toBe(8)
})

test('after the seconds of the limit a first call is one again', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'Date'] })
  const one = counting().process()
  expect(await allowed(one, 12)).toBe(10)
  await vi.advanceTimersByTimeAsync(60_001)
  expect(await one.take('a')).toEqual({ allowed: true, remaining: 9, resetSeconds: 60 })
})
