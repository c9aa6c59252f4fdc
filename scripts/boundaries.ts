// npm run boundaries: who may import whom, as ARCHITECTURE.md's table has it.
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Import {
  readonly from: string
  readonly to: string
}

// From the top down: a module imports only what stands in a later row, or itself.
export const LAYERS = [
  ['reports'],
  ['check-in', 'fulfilment'],
  ['payments'],
  ['documents'],
  ['orders'],
  ['holds', 'ledger', 'promo-codes', 'tickets', 'waiting-room'],
  ['merchandise', 'events', 'jobs', 'messages'],
  ['organizers'],
  ['accounts'],
]
// `live` listens to what the others publish, so nothing imports it.
const LISTENERS = new Set(['live'])
const FREE =
  /^src\/(app|parts|main|worker|process|jobs|job-runner|config|config\/[\w-]+|context|schema|builder)\.ts$/
const SCHEMA_ONLY = /^(graphql|graphql-yoga|node:http)$|^@pothos\//

/** What is wrong with one import, or null. Paths are relative to the project's root. */
export function breach({ from, to }: Import): string | null {
  if (to.startsWith('src/generated/')) return null
  const isSource = to.startsWith('src/')
  const module = moduleOf(from)
  if (module) {
    const isSchema = isSchemaFile(from)
    if (!isSource) {
      return SCHEMA_ONLY.test(to) && !isSchema ? 'only schema.ts of a module speaks GraphQL or HTTP' : null
    }
    if (to.startsWith('src/platform/')) return null
    if (to === 'src/builder.ts') return isSchema ? null : 'only schema.ts imports the builder'
    const other = moduleOf(to)
    if (!other) return 'a module imports itself, the platform and modules below it'
    if (other === module || other === 'shared') return null
    return mayImport(module, other) ? null : `${module} does not stand above ${other}`
  }
  if (!isSource) return null
  if (from.startsWith('src/platform/')) {
    return to.startsWith('src/platform/') ? null : 'the platform imports libraries and itself'
  }
  if (from.startsWith('src/http/')) {
    if (to.startsWith('src/http/') || to.startsWith('src/platform/')) return null
    if (to === 'src/schema.ts' || to === 'src/context.ts') return null
    return from.startsWith('src/http/routes/') && moduleOf(to)
      ? null
      : 'http imports schema, context and platform; a route its command'
  }
  return FREE.test(from) ? null : 'this file has no place in the table'
}

// A module with much to say divides its schema: schema.ts imports the parts.
const isSchemaFile = (path: string): boolean => /(^|\/|\.)schema\.ts$/.test(path)

const moduleOf = (path: string): string | null => /^src\/modules\/([\w-]+)\//.exec(path)?.[1] ?? null

function mayImport(module: string, other: string): boolean {
  if (LISTENERS.has(module)) return true
  const layer = (name: string) => LAYERS.findIndex((names) => names.includes(name))
  return layer(module) >= 0 && layer(other) >= 0 && layer(module) <= layer(other) && !LISTENERS.has(other)
}

const IMPORT =
  /^\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm

export function importsOf(root: string): Import[] {
  return globSync('src/**/*.ts', { cwd: root, exclude: ['src/generated/**'] }).flatMap((from) => {
    const source = readFileSync(join(root, from), 'utf8')
    return [...source.matchAll(IMPORT)].map((match) => {
      const target = match[1] ?? match[2] ?? match[3] ?? ''
      return { from, to: target.startsWith('.') ? join(dirname(from), target) : target }
    })
  })
}

/** Module pairs that import each other, which no layer of several modules would show. */
export function cycles(imports: readonly Import[]): string[] {
  const edges = new Set(
    imports.flatMap(({ from, to }) => {
      const [a, b] = [moduleOf(from), moduleOf(to)]
      const typesOnly = isSchemaFile(from) && isSchemaFile(to)
      return a && b && a !== b && !typesOnly ? [`${a} ${b}`] : []
    }),
  )
  return [...edges].filter((edge) => edges.has(edge.split(' ').reverse().join(' ')))
}

if (basename(process.argv[1] ?? '') === 'boundaries.ts') {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const imports = importsOf(root)
  const problems = [
    ...imports.flatMap((one) => {
      const reason = breach(one)
      return reason ? [`${one.from} imports ${one.to}: ${reason}.`] : []
    }),
    ...cycles(imports).map((pair) => `Modules import each other: ${pair}.`),
  ]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exit(1)
  console.log(`${imports.length} imports stand as ARCHITECTURE.md says.`)
}
