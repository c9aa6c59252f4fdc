// Random sales against the real server and database. FC_RUNS: how many a property; FC_SEED, FC_PATH and FC_REPLAY as a
// failure prints them: the same sale again.
import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { steps } from './commands.ts'
import { Model } from './model.ts'
import { runScripts, scripts } from './scripts.ts'
import { createWorld, MAX_PER_BUYER } from './world.ts'

const { FC_RUNS, FC_SEED, FC_PATH, FC_REPLAY } = process.env
const numRuns = Number(FC_RUNS ?? 30)
const seed = Number(FC_SEED ?? randomInt(2 ** 31))
// Shrinking a failure runs many sales more.
const TIMEOUT_MS = 600_000

const parameters = { numRuns, seed, ...(FC_PATH ? { path: FC_PATH } : {}) }

let app: TestApp

beforeAll(async () => {
  process.stdout.write(`fast-check: ${numRuns} runs a property, seed ${seed}\n`)
  app = await startApp()
})
afterAll(() => app.close())

test(
  'whatever is done to a sale, one step after the other, is what the rules say',
  async () => {
    const property = fc.asyncProperty(steps(FC_REPLAY), async (commands) => {
      const real = await createWorld(app, MAX_PER_BUYER)
      await fc.asyncModelRun(() => ({ model: new Model(), real }), commands)
      await expectInvariants(app.prisma)
    })
    await fc.assert(property, parameters)
  },
  TIMEOUT_MS,
)

test(
  'whatever buyers, provider and jobs do at once, every answer is a typed one and the invariants hold',
  async () => {
    const property = fc.asyncProperty(fc.scheduler(), scripts, async (scheduler, all) => {
      const world = await createWorld(app, MAX_PER_BUYER)
      const known = await runScripts(world, scheduler, all)
      await expectInvariants(app.prisma, known)
    })
    await fc.assert(property, parameters)
  },
  TIMEOUT_MS,
)
