import { afterAll, beforeAll } from 'vitest'
import { startApp, type TestApp } from './app.ts'
import { expectInvariants } from './oracle.ts'
import { replicaOf } from './replicas.ts'

/** Two processes on one database and one Redis for the tests of a file, whose invariants are looked at in the end. */
export function twoProcesses() {
  let apps: readonly [TestApp, TestApp]
  beforeAll(async () => {
    const first = await startApp()
    apps = [first, await replicaOf(first)]
  })
  afterAll(async () => {
    await expectInvariants(apps[0].prisma)
    await apps[1].close()
    await apps[0].close()
  })
  return {
    /** One or the other in turn. */
    one: (n: number): TestApp => (n % 2 === 0 ? apps[0] : apps[1]),
    all: <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: count }, (_, n) => work(n))),
  }
}
