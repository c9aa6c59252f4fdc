import { expect, test } from 'vitest'
import { Busy } from './errors.ts'
import { createFairPlaces } from './fair-places.ts'

const options = { places: 2, placesOfOne: 1, waiting: 6, waitingOfOne: 3, patienceMs: 60_000 }

/** A queue whose work ends when it is told to, and what has begun so far. */
function tried(over: Partial<typeof options> = {}) {
  const queue = createFairPlaces({ ...options, ...over })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const run = (lane: string | null, name: string) =>
    queue.run(lane, () => {
      begun.push(name)
      return new Promise<string>((resolve) => ends.push(() => resolve(name)))
    })
  const endNext = async () => {
    ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { begun, run, endNext, queue }
}

test('one lane never has all places, and the others take turns with it', async () => {
  const { begun, run, endNext } = tried()
  const all = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1'), run('c', 'c1'), run('b', 'b2')]
  expect(begun).toEqual(['a1', 'b1'])
  for (let n = 0; n < 6; n++) await endNext()
  expect(begun.indexOf('c1')).toBeLessThan(begun.indexOf('a3'))
  expect((await Promise.all(all)).sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1'])
})

test('a full queue refuses at once, one lane before all the others, and work of our own never', async () => {
  const { begun, run, endNext } = tried()
  const flood = Array.from({ length: 20 }, (_, n) => run('a', `a${n}`).catch((error: unknown) => error))
  const refused = (await Promise.all(flood.slice(4))).filter((one) => one instanceof Busy)
  expect(refused).toHaveLength(16)
  const other = run('b', 'b1')
  const more = Array.from({ length: 10 }, (_, n) => run(`c${n}`, `c${n}`).catch((error: unknown) => error))
  const own = Array.from({ length: 20 }, (_, n) => run(null, `own${n}`))
  expect(begun).toEqual(['a0', 'b1'])
  for (let n = 0; n < 60; n++) await endNext()
  expect(await other).toBe('b1')
  expect((await Promise.all(more)).filter((one) => one instanceof Busy)).toHaveLength(7)
  expect(await Promise.all(own)).toHaveLength(20)
})

test('who waits too long is told so, and leaves the place to others', async () => {
  const { begun, run, endNext } = tried({ places: 1, patienceMs: 20 })
  const first = run('a', 'a1')
  await expect(run('b', 'b1')).rejects.toBeInstanceOf(Busy)
  const last = run('c', 'c1')
  await endNext()
  await endNext()
  expect(await Promise.all([first, last])).toEqual(['a1', 'c1'])
  expect(begun).toEqual(['a1', 'c1'])
})

test('a failure gives its place back', async () => {
  const { queue } = tried({ places: 1 })
  const fail = () => queue.run('a', () => Promise.reject(new Error('broken')))
  for (let n = 0; n < 3; n++) await expect(fail()).rejects.toThrow('broken')
})
