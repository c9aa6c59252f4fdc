import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { keyHider } from './hidden-key.ts'
import { createLimiters, type Limiter } from './limiter.ts'

const hide = keyHider('a secret of a test, with 32 characters')

afterEach(() => {
  vi.useRealTimers()
})

const TEN = { points: 10, seconds: 60 }
const silent = pino({ level: 'silent' })
const away = () => new Redis({ lazyConnect: true })

async function allowed(limiter: Limiter, key: string, times: number): Promise<number> {
  const standings = await Promise.all(Array.from({ length: times }, () => limiter.take(key)))
  return standings.filter((standing) => standing.allowed).length
}

test('of calls at once as many pass as there are points, of each key and each name', async () => {
  const open = createLimiters(away(), silent, hide)
  const [one, other] = [open('one', TEN), open('other', TEN)]
  expect(await allowed(one, 'a', 50)).toBe(10)
  expect(await allowed(one, 'b', 50)).toBe(10)
  expect(await allowed(other, 'a', 50)).toBe(10)
})

test('what is given back or forgotten can be taken again', async () => {
  const limiter = createLimiters(away(), silent, hide)('one', TEN)
  expect(await allowed(limiter, 'a', 9)).toBe(9)
  await limiter.giveBack('a')
  expect(await limiter.take('a')).toEqual({ allowed: true, remaining: 1, resetSeconds: 60 })
  expect(await allowed(limiter, 'a', 9)).toBe(1)
  await limiter.forget('a')
  expect(await allowed(limiter, 'a', 50)).toBe(10)
})

test('an outage is told once a minute', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const lines: string[] = []
  const limiter = createLimiters(
    away(),
    pino({}, { write: (line: string) => lines.push(line) }),
    hide,
  )('one', TEN)
  await allowed(limiter, 'a', 50)
  vi.advanceTimersByTime(59_000)
  await allowed(limiter, 'a', 50)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('counted in this process only')
  vi.advanceTimersByTime(2_000)
  await allowed(limiter, 'a', 50)
  expect(lines).toHaveLength(2)
})

test('a Redis that takes calls and never answers is given up', async () => {
  const hanging = createServer()
  const port = await new Promise<number>((resolve) => {
    hanging.listen(0, '127.0.0.1', () => {
      const address = hanging.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  // Ready as soon as it is connected, and without a time-out of its own.
  const redis = new Redis({ host: '127.0.0.1', port, enableReadyCheck: false, disableClientInfo: true })
  try {
    await new Promise((resolve) => redis.once('ready', resolve))
    const limiter = createLimiters(redis, silent, hide)('one', TEN)
    expect(await allowed(limiter, 'a', 50)).toBe(10)
  } finally {
    redis.disconnect()
    hanging.close()
  }
})
