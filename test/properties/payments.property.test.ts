// Random sales that are paid through the fake Midtrans. FC_RUNS: how many a property; FC_SEED and FC_PATH as a failure
// prints them: the same sale again.
import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { act, cancelEventDeed, cut, deed, opening } from './payments/deeds.ts'
import { follow } from './payments/follow.ts'
import { expectAllWell, runDry } from './payments/rest.ts'
import { createSale, openTill, type Till } from './payments/till.ts'

const { FC_RUNS, FC_SEED, FC_PATH } = process.env
const numRuns = Number(FC_RUNS ?? 12)
const seed = Number(FC_SEED ?? randomInt(2 ** 31))
// Shrinking a failure runs many sales more.
const TIMEOUT_MS = 600_000

const parameters = { numRuns, seed, ...(FC_PATH ? { path: FC_PATH } : {}) }

let till: Till

beforeAll(async () => {
  process.stdout.write(`fast-check: ${numRuns} runs a property, seed ${seed}\n`)
  till = await openTill()
})
afterAll(() => till.close())

const deeds = fc
  .tuple(opening, fc.array(deed, { maxLength: 25, size: 'max' }))
  .map(([first, rest]) => [...first, ...rest])

test(
  'money that is told of, asked for, given back and taken back, step by step, makes orders and stock what the rules say',
  async () => {
    const property = fc.asyncProperty(deeds, fc.option(cancelEventDeed, { freq: 2 }), async (all, last) => {
      const sale = await createSale(till)
      await follow(sale, all)
      if (last) await act(sale, last)
      await runDry(sale)
      await expectAllWell(sale)
    })
    await fc.assert(property, parameters)
  },
  TIMEOUT_MS,
)

const hands = fc.record({
  opening,
  hands: fc.array(
    fc.array(fc.oneof({ weight: 30, arbitrary: deed }, { weight: 1, arbitrary: cut }), {
      minLength: 1,
      maxLength: 14,
      size: 'max',
    }),
    {
      minLength: 2,
      maxLength: 4,
    },
  ),
  last: fc.option(cancelEventDeed, { freq: 2 }),
})

test(
  'whatever buyers, provider, staff and jobs do to the same money at once, and whoever dies at it, in the end it is right',
  async () => {
    const property = fc.asyncProperty(fc.scheduler(), hands, async (scheduler, { opening, hands, last }) => {
      const sale = await createSale(till)
      for (const deed of opening) await act(sale, deed)
      const all = [...hands, last ? [last] : []].map(async (deeds, hand) => {
        for (const deed of deeds) {
          await scheduler.schedule(Promise.resolve(), `${hand} ${deed.kind}`)
          await act(sale, deed)
        }
      })
      // Nobody may still be at work when the next sale begins, whatever went wrong in this one.
      const ends = await scheduler.waitFor(Promise.allSettled(all))
      for (const ended of ends) if (ended.status === 'rejected') throw ended.reason
      await runDry(sale)
      await expectAllWell(sale)
    })
    await fc.assert(property, parameters)
  },
  TIMEOUT_MS,
)
