import { Redis } from 'ioredis'
import { pino } from 'pino'
import { describe, expect, inject, test } from 'vitest'
import { createGrowingDelay } from './growing-delay.ts'

const log = pino({ level: 'silent' })

describe.each(['with Redis', 'without Redis'])('%s', (where) => {
  const open = () => {
    const redis = where === 'with Redis' ? new Redis(inject('redisUrl')) : new Redis({ lazyConnect: true })
    return { redis, delay: createGrowingDelay(redis, log, { first: 8, longest: 30, memory: 60 }) }
  }

  test('each failure beyond the free ones doubles the wait, up to the longest', async () => {
    const { redis, delay } = open()
    if (where === 'with Redis') await redis.ping()
    const waits: (number | null)[] = []
    for (const free of [4, 3, 2, 1]) {
      // So many failures in one go: a test does not wait out the delays.
      const count = [{ key: `{test}:${where}:${free}:${process.pid}`, free: 1e9 }]
      for (let n = 1; n < 4; n++) await delay.attempt(count)
      await delay.attempt(count.map(({ key }) => ({ key, free })))
      waits.push(await delay.attempt(count))
      await delay.undo(count)
      expect(await delay.attempt(count)).toBeNull()
      await delay.forget(count)
    }
    expect(waits).toEqual([8, 16, 30, 30])
    redis.disconnect()
  })

  test('of attempts at once none passes that one of its keys refuses, and that counts nowhere', async () => {
    const { redis, delay } = open()
    if (where === 'with Redis') await redis.ping()
    const [narrow, wide] = [`{test}:${where}:narrow:${process.pid}`, `{test}:${where}:wide:${process.pid}`]
    const attempts = await Promise.all(
      Array.from({ length: 30 }, () =>
        delay.attempt([
          { key: narrow, free: 3 },
          { key: wide, free: 5 },
        ]),
      ),
    )
    expect(attempts.filter((wait) => wait === null)).toHaveLength(3)
    expect(await delay.attempt([{ key: wide, free: 5 }])).toBeNull()
    redis.disconnect()
  })
})
