import { afterEach, expect, test, vi } from 'vitest'
import { fewAtOnce } from './few-at-once.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** Work that ends when it is told to. */
function openWork() {
  const begun: number[] = []
  const ends = new Map<number, (error?: Error) => void>()
  const work = (number: number) => () =>
    new Promise<number>((resolve, reject) => {
      begun.push(number)
      ends.set(number, (error) => (error ? reject(error) : resolve(number)))
    })
  return { begun, work, end: (number: number, error?: Error) => ends.get(number)?.(error) }
}

test('so many run at once and no more, the others in their order, whatever becomes of those before', async () => {
  const { begun, work, end } = openWork()
  const { run, isWanted } = fewAtOnce(2, 60_000)
  const [one, two, three, four] = [1, 2, 3, 4].map((number) => run(work(number)))
  expect(begun).toEqual([1, 2])
  expect(isWanted()).toBe(true)
  end(2)
  expect(await two).toBe(2)
  expect(begun).toEqual([1, 2, 3])
  end(1, new Error('no'))
  await expect(one).rejects.toThrow('no')
  expect(isWanted()).toBe(false)
  expect(begun).toEqual([1, 2, 3, 4])
  end(3)
  end(4)
  expect(await Promise.all([three, four])).toEqual([3, 4])
})

test('what takes long keeps nobody waiting, and its place is given away once', async () => {
  vi.useFakeTimers()
  const { begun, work, end } = openWork()
  const { run } = fewAtOnce(1, 200)
  const slow = run(work(1))
  const next = run(work(2))
  const last = run(work(3))
  vi.advanceTimersByTime(199)
  expect(begun).toEqual([1])
  await vi.advanceTimersByTimeAsync(1)
  expect(begun).toEqual([1, 2])
  end(1)
  expect(await slow).toBe(1)
  expect(begun).toEqual([1, 2])
  end(2)
  expect(await next).toBe(2)
  expect(begun).toEqual([1, 2, 3])
  end(3)
  await last
})

test('one at a time for a second after some met, and then a few again', async () => {
  vi.useFakeTimers()
  const { begun, work, end } = openWork()
  const { run, met } = fewAtOnce(2, 60_000)
  const all = [1, 2, 3, 4, 5].map((number) => run(work(number)))
  met()
  end(1)
  expect(await all[0]).toBe(1)
  expect(begun).toEqual([1, 2])
  end(2)
  expect(await all[1]).toBe(2)
  expect(begun).toEqual([1, 2, 3])
  vi.advanceTimersByTime(1_000)
  end(3)
  expect(await all[2]).toBe(3)
  expect(begun).toEqual([1, 2, 3, 4, 5])
  end(4)
  end(5)
  await Promise.all(all)
})
