import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { Busy } from './errors.ts'
import { createThreadPool } from './thread-pool.ts'

const pools: { close(): Promise<void> }[] = []
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()))
})

function poolOf(over: { timeoutMs?: number; idleMs?: number } = {}) {
  const pool = createThreadPool({
    file: new URL('../../test/setup/pool-tasks.ts', import.meta.url),
    threads: 1,
    timeoutMs: 20_000,
    idleMs: 20_000,
    heapMb: 32,
    log: pino({ level: 'silent' }),
    ...over,
  })
  pools.push(pool)
  return pool
}

const until = async (claim: () => boolean) => {
  while (!claim()) await new Promise((resolve) => setTimeout(resolve, 10))
}

test('there is no thread before the first work, and none some time after the last', async () => {
  const pool = poolOf({ idleMs: 1 })
  expect(pool.size()).toBe(0)
  expect(String(await pool.run('echo', 'ya'))).toBe('ya')
  await until(() => pool.size() === 0)
  expect(String(await pool.run('echo', 'lagi'))).toBe('lagi')
})

test.each(['die', 'fail', 'fill'])(
  'work that ends in %s is refused as busy, and the next one is done',
  async (name) => {
    const pool = poolOf()
    const error = await pool.run(name, null).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Busy)
    expect(String(error)).not.toContain('secret')
    expect(String(await pool.run('echo', 'ya'))).toBe('ya')
  },
)

test('work that hangs is given up after its time, and its thread replaced', async () => {
  const pool = poolOf({ timeoutMs: 1_500 })
  await expect(pool.run('hang', null)).rejects.toBeInstanceOf(Busy)
  expect(String(await pool.run('echo', 'ya'))).toBe('ya')
})

test('closing ends what is under way, and nothing begins after it', async () => {
  const pool = poolOf()
  const hanging = pool.run('hang', null).catch((reason: unknown) => reason)
  await until(() => pool.size() === 1)
  await pool.close()
  expect(await hanging).toBeInstanceOf(Busy)
  expect(pool.size()).toBe(0)
  await expect(pool.run('echo', 'ya')).rejects.toBeInstanceOf(Busy)
})
