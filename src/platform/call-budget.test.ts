import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BudgetSpent, type CallBudgetOptions, createCallBudget } from './call-budget.ts'

type Share = 'charges' | 'checks'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A budget, and who began, in that order. */
function open(change: Partial<CallBudgetOptions<Share>> = {}) {
  const begun: string[] = []
  const refused: BudgetSpent[] = []
  const rates: number[] = []
  const budget = createCallBudget<Share>({
    perSecond: 4,
    weights: { charges: 3, checks: 1 },
    maxWaiting: 1_000,
    maxWaitingByKey: 500,
    onRate: (rate) => rates.push(rate),
    ...change,
  })
  const ask = (key: string, share: Share = 'charges', patienceMs = Infinity) =>
    budget.take({ share, key }, patienceMs).then(
      () => void begun.push(key),
      (error: unknown) => {
        if (!(error instanceof BudgetSpent)) throw error
        refused.push(error)
      },
    )
  const crowd = (key: string, count: number, share?: Share, patienceMs?: number) => {
    for (let call = 0; call < count; call += 1) void ask(key, share, patienceMs)
  }
  return { budget, begun, refused, rates, ask, crowd }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('so many calls begin in a second, and one that is alone never waits', async () => {
  const { begun, ask, crowd } = open()
  await ask('a')
  await pass(10_000)
  crowd('a', 100)
  await pass(0)
  expect(begun).toHaveLength(2)
  await pass(10_000)
  expect(begun).toHaveLength(2 + 40)
})

test('whoever comes behind a crowd of another key is next but one, however large the crowd is', async () => {
  for (const size of [10, 400]) {
    const { begun, crowd } = open()
    crowd('crowd', size)
    await pass(0)
    const before = begun.length
    crowd('buyer', 3)
    await pass(5_000)
    expect(begun.slice(before, before + 6)).toEqual(['crowd', 'buyer', 'crowd', 'buyer', 'crowd', 'buyer'])
  }
})

test('shares begin by their weights while both wait, and leave nothing unused while one does', async () => {
  const { begun, crowd } = open()
  crowd('charge', 300)
  crowd('check', 300, 'checks')
  await pass(10_000)
  const checks = begun.filter((key) => key === 'check').length
  expect([begun.length, checks]).toEqual([41, 10])
  const alone = open()
  alone.crowd('check', 300, 'checks')
  await pass(10_000)
  expect(alone.begun).toHaveLength(41)
})

test('a share that was idle has saved nothing up', async () => {
  const { begun, crowd } = open()
  crowd('charge', 300)
  await pass(20_000)
  const before = begun.length
  crowd('check', 100, 'checks')
  await pass(4_000)
  expect(begun.slice(before).filter((key) => key === 'check')).toHaveLength(4)
})

test('who cannot begin in time is refused at once, with the time when it could', async () => {
  const { refused, crowd, ask } = open()
  crowd('a', 41)
  await ask('a', 'charges', 5_000)
  expect(refused).toHaveLength(1)
  expect(refused[0]?.retryAfterMs).toBeGreaterThanOrEqual(10_000)
  await ask('b', 'charges', 0)
  expect(refused).toHaveLength(2)
  expect(refused[1]?.retryAfterMs).toBeLessThan(5_000)
})

test('a crowd that fills its places leaves others theirs, and all together have a bound', async () => {
  const { refused, crowd } = open({ maxWaitingByKey: 5, maxWaiting: 8 })
  crowd('a', 50)
  await pass(0)
  expect(refused).toHaveLength(50 - 1 - 5)
  crowd('b', 50)
  await pass(0)
  expect(refused).toHaveLength(44 + 50 - 3)
})

test('who waits when a pause begins is refused when its patience is over, and takes no turn later', async () => {
  const { budget, begun, refused, crowd, rates } = open()
  crowd('a', 3, 'charges', 3_000)
  await pass(0)
  budget.slowDown(20_000)
  await pass(3_000)
  expect(refused).toHaveLength(2)
  expect(refused[0]?.retryAfterMs).toBeGreaterThanOrEqual(17_000)
  await pass(60_000)
  expect(begun).toEqual(['a'])
  expect(rates).toEqual([2])
})

test('a refusal pauses for as long as it says, once for all that were under way, halves, and is recovered from', async () => {
  const { budget, begun, rates, crowd } = open({ perSecond: 40 })
  crowd('a', 1_000)
  await pass(0)
  const before = begun.length
  for (let call = 0; call < before; call += 1) budget.slowDown(2_000)
  await pass(1_999)
  expect(begun).toHaveLength(before)
  expect(rates).toEqual([20])
  await pass(1_001)
  expect(begun.length - before).toBeGreaterThanOrEqual(19)
  expect(begun.length - before).toBeLessThanOrEqual(20)
  for (let call = 0; call < 60; call += 1) budget.speedUp()
  expect(rates.at(-1)).toBe(40)
})

test.each([
  ['no time', null, 30_000],
  ['an absurd time', 86_400_000, 60_000],
])('a refusal that says %s does not stop payments for long', async (_what, retryAfterMs, most) => {
  const { budget, begun, crowd } = open()
  for (let refusal = 0; refusal < 12; refusal += 1) {
    budget.slowDown(retryAfterMs)
    await pass(most)
  }
  const before = begun.length
  crowd('a', 10)
  await pass(most)
  expect(begun.length).toBeGreaterThan(before)
})
