import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { breach, cycles, importsOf, LAYERS } from '../scripts/boundaries.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('every import of the project stands as its layers say', () => {
  const imports = importsOf(root)
  expect(imports.length).toBeGreaterThan(200)
  const breaches = imports.filter((one) => breach(one)).map(({ from, to }) => `${from} → ${to}`)
  expect(breaches).toEqual([])
  expect(cycles(imports)).toEqual([])
})

test('the table of modules in ARCHITECTURE.md has the layers in this order', async () => {
  const text = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')
  const [, table = ''] = /^\| \| module \| .*\n\|---.*\n((?:\|.*\n)+)/m.exec(text) ?? []
  const layers: string[][] = []
  for (const [, number = '', cell = ''] of table.matchAll(/^\| (\d*) ?\| ([^|]+) \|/gm)) {
    if (number) layers.push([])
    layers.at(-1)?.push(...[...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name))
  }
  const sorted = (rows: readonly (readonly string[])[]) => rows.map((row) => [...row].sort())
  expect(sorted(layers)).toEqual(sorted(LAYERS))
})

const modules = 'src/modules'

test.each([
  ['the platform imports a module', 'src/platform/jobs.ts', `${modules}/orders/queries.ts`],
  ['the platform imports HTTP', 'src/platform/jobs.ts', 'src/http/server.ts'],
  ['the platform imports the context', 'src/platform/jobs.ts', 'src/context.ts'],
  ['a module imports one above it', `${modules}/events/queries.ts`, `${modules}/orders/queries.ts`],
  ['a module imports one far above it', `${modules}/accounts/login.ts`, `${modules}/check-in/check-in.ts`],
  ['a module imports what only listens', `${modules}/orders/queries.ts`, `${modules}/live/publish.ts`],
  ['a module imports one that no layer names', `${modules}/orders/queries.ts`, `${modules}/unknown/a.ts`],
  ['a command imports graphql', `${modules}/orders/create-order.ts`, 'graphql'],
  ['a command imports GraphQL Yoga', `${modules}/orders/create-order.ts`, 'graphql-yoga'],
  ['a command imports Pothos', `${modules}/orders/create-order.ts`, '@pothos/core'],
  ['a command imports node:http', `${modules}/orders/create-order.ts`, 'node:http'],
  ['a command imports the builder', `${modules}/orders/create-order.ts`, 'src/builder.ts'],
  ['a module imports HTTP', `${modules}/orders/create-order.ts`, 'src/http/server.ts'],
  ['a schema imports HTTP', `${modules}/orders/schema.ts`, 'src/http/yoga.ts'],
  ['a module imports the configuration', `${modules}/orders/create-order.ts`, 'src/config.ts'],
  ['HTTP imports a command outside its routes', 'src/http/server.ts', `${modules}/orders/create-order.ts`],
  ['HTTP imports the configuration', 'src/http/server.ts', 'src/config.ts'],
  ['a file stands nowhere', 'src/helpers.ts', 'src/platform/money.ts'],
])('%s: refused', (_name, from, to) => {
  expect(breach({ from, to })).toEqual(expect.any(String))
})

test.each([
  ['a module imports itself', `${modules}/orders/create-order.ts`, `${modules}/orders/queries.ts`],
  ['a module imports one below it', `${modules}/orders/decide-order.ts`, `${modules}/events/sale-window.ts`],
  ['a module imports the platform', `${modules}/orders/create-order.ts`, 'src/platform/money.ts'],
  ['a listener imports any module', `${modules}/live/schema.ts`, `${modules}/reports/queries.ts`],
  ['a schema imports the builder', `${modules}/orders/schema.ts`, 'src/builder.ts'],
  ['a part of a schema imports graphql', `${modules}/events/gates.schema.ts`, 'graphql'],
  ['a route imports its command', 'src/http/routes/a.ts', `${modules}/payments/receive-notification.ts`],
  ['the root puts everything together', 'src/app.ts', `${modules}/orders/order-writer.ts`],
])('%s: allowed', (_name, from, to) => {
  expect(breach({ from, to })).toBeNull()
})

test('two modules of one layer that import each other are a cycle; between schemas it is none', () => {
  const edge = (from: string, to: string) => ({ from: `${modules}/${from}`, to: `${modules}/${to}` })
  expect(cycles([edge('events/a.ts', 'merchandise/b.ts')])).toEqual([])
  expect(cycles([edge('events/a.ts', 'merchandise/b.ts'), edge('merchandise/c.ts', 'events/d.ts')])).toEqual([
    'events merchandise',
    'merchandise events',
  ])
  const schemas = [
    edge('events/schema.ts', 'merchandise/schema.ts'),
    edge('merchandise/schema.ts', 'events/schema.ts'),
  ]
  expect(cycles(schemas)).toEqual([])
})

test('an import is seen however it is written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'karcis-boundaries-'))
  try {
    await mkdir(join(folder, 'src/platform'), { recursive: true })
    const target = '../modules/orders/queries.ts'
    const forms = [
      `import { a } from '${target}'`,
      `import type { A } from "${target}"`,
      `import {\n  a,\n  b,\n} from '${target}'`,
      `import * as all from '${target}'`,
      `import '${target}'`,
      `export { a } from '${target}'`,
      `export * from '${target}'`,
      `export const load = async () => await import('${target}')`,
      `let a: import('${target}').A`,
    ]
    for (const [index, form] of forms.entries()) {
      await writeFile(join(folder, `src/platform/form-${index}.ts`), `// A comment.\n${form}\n`)
    }
    const seen = importsOf(folder).map(({ from, to }) => `${from} ${to}`)
    expect(seen.sort()).toEqual(
      forms.map((_, index) => `src/platform/form-${index}.ts src/modules/orders/queries.ts`),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
