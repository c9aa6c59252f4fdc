import { expect, test } from 'vitest'
import type { HoldStore } from './hold-store.ts'
import { createOrderHolds } from './order-holds.ts'

/** What Redis is told, in order. */
function listening() {
  const told: string[] = []
  const store = {
    begin: async (_: unknown, ended: readonly unknown[]) => {
      told.push(...ended.map(() => 'end'), 'begin')
      return new Map()
    },
    end: async () => {
      told.push('end')
    },
  } as unknown as HoldStore
  return { orderHolds: createOrderHolds(store), told }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('Redis hears of the end of a batch before the next one begins', async () => {
  const { orderHolds, told } = listening()
  await orderHolds.begin([]).end([])
  orderHolds.begin([])
  expect(told).toEqual(['begin', 'end', 'begin'])
  await nextTurn()
  expect(told).toHaveLength(3)
})

test('Redis hears of the end of the last batch without another one', async () => {
  const { orderHolds, told } = listening()
  await orderHolds.begin([]).end([])
  await nextTurn()
  expect(told).toEqual(['begin', 'end'])
})
