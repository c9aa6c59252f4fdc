// Rules about time ask one clock, which tests move. Nothing of the domain may look at another.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadConfig } from '../src/config.ts'
import { createWorker } from '../src/job-runner.ts'
import { startApp, TestClock } from './setup/app.ts'
import { eventually, pending, statusOf } from './setup/shop.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

// `clock.now()` has a dot before it and `performance.now()` measures; SQL's now() and its sisters have neither, but for the
// difference of two.
const MEASURED = 'statement_timestamp() - transaction_timestamp()'
const OTHER_CLOCKS =
  /\bnew Date\(\s*\)|\bDate\.now\b|\bDate\(\)|(?<![.\w])now\(\)|\b(?:current_timestamp|current_date|localtimestamp|(?:clock|statement|transaction)_timestamp)\b/i

/** Lines of code that look at a clock of their own. */
function otherClocks(source: string): string[] {
  return source
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
    .filter((line) => OTHER_CLOCKS.test(line.replaceAll(MEASURED, '')))
}

test('no module, no job and nothing of the platform but the clock itself looks at the time', () => {
  const files = globSync(['src/modules/**/*.ts', 'src/platform/**/*.ts', 'src/{jobs,worker,main}.ts'], {
    cwd: root,
  }).filter((path) => !path.endsWith('.test.ts') && path !== join('src', 'platform', 'clock.ts'))
  expect(files.length).toBeGreaterThan(100)
  const found = files.flatMap((path) =>
    otherClocks(readFileSync(join(root, path), 'utf8')).map((line) => `${path}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})

test.each([
  'const now = new Date()',
  'const at = new Date( )',
  'if (order.expiresAt.getTime() < Date.now()) return',
  'const clock = { now: Date.now }',
  'WHERE expires_at <= now()',
  'SET paid_at = CURRENT_TIMESTAMP',
  'WHERE expires_at <= clock_timestamp()',
])('`%s` is such a look', (line) => {
  expect(otherClocks(line)).toEqual([line])
})

test.each([
  'const now = deps.clock.now()',
  'const began = performance.now()',
  'const later = new Date(now.getTime() + 1_000)',
  '// new Date() would not do here.',
])('`%s` is none', (line) => {
  expect(otherClocks(line)).toEqual([])
})

test('the job process expires orders by the clock that it is given', async () => {
  const app = await startApp({ season: true })
  const clock = new TestClock()
  const worker = await createWorker(loadConfig(app.environment), { clock })
  try {
    const { order } = await pending(app)
    expect(await statusOf(app, order.id)).toBe('PENDING_PAYMENT')
    clock.advance(901)
    await eventually(async () => (await statusOf(app, order.id)) === 'EXPIRED')
  } finally {
    await worker.close()
    await app.close()
  }
})
