// npm run persisted: writes persisted-queries/manifest.json from the documents beside it. --check only compares;
// --explain prints what caches may do with each operation.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GraphQLSchema, type OperationDefinitionNode, parse, print, validate, visit } from 'graphql'
import { cacheControl, policyOf, reasonOf } from '../src/http/edge/cache-policy.ts'
import { schema } from '../src/schema.ts'

export interface ManifestOperation {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly body: string
}

export interface Manifest {
  readonly format: 'apollo-persisted-query-manifest'
  readonly version: 1
  readonly operations: readonly ManifestOperation[]
}

/**
 * One document as clients send it. Apollo adds __typename to every selection before it hashes, so the document in the
 * manifest has it too; its cache cannot tell unions apart without.
 */
export function operationOf(target: GraphQLSchema, file: string, source: string): ManifestOperation {
  const document = parse(source)
  const definitions = document.definitions.filter(
    (node): node is OperationDefinitionNode => node.kind === 'OperationDefinition',
  )
  const [operation] = definitions
  if (!operation?.name || definitions.length !== 1)
    throw new Error(`${file}: holds not exactly one named operation.`)
  const errors = validate(target, document)
  if (errors.length > 0) throw new Error(errors.map((error) => `${file}: ${error.message}`).join('\n'))
  const body = print(withTypenames(document))
  const id = createHash('sha256').update(body).digest('hex')
  return { id, name: operation.name.value, type: operation.operation, body }
}

function withTypenames(document: ReturnType<typeof parse>) {
  const typename = { kind: 'Field', name: { kind: 'Name', value: '__typename' } } as const
  return visit(document, {
    SelectionSet: {
      leave(node, _key, parent) {
        const isRoot = parent && 'kind' in parent && parent.kind === 'OperationDefinition'
        const has = node.selections.some(
          (field) => field.kind === 'Field' && field.name.value === '__typename',
        )
        return isRoot || has ? undefined : { ...node, selections: [...node.selections, typename] }
      },
    },
  })
}

/** Old operations stay for ever, in front: a client that looks up by name takes the last one. */
export function merge(before: readonly ManifestOperation[], now: readonly ManifestOperation[]): Manifest {
  const ids = new Set(now.map(({ id }) => id))
  const operations = [...before.filter(({ id }) => !ids.has(id)), ...now]
  return { format: 'apollo-persisted-query-manifest', version: 1, operations }
}

const folder = new URL('../persisted-queries/', import.meta.url)
const manifestFile = new URL('manifest.json', folder)

function documents(): ManifestOperation[] {
  const operations = ['gate', 'storefront'].flatMap((group) =>
    readdirSync(new URL(`${group}/`, folder))
      .filter((name) => name.endsWith('.graphql'))
      .sort()
      .map((name) =>
        operationOf(schema, `${group}/${name}`, readFileSync(new URL(`${group}/${name}`, folder), 'utf8')),
      ),
  )
  const names = operations.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw new Error(`Two documents are named ${twice}.`)
  return operations
}

const operationsIn = (text: string): ManifestOperation[] => JSON.parse(text).operations

/** Ids that the last commit serves. Outside a checkout there is nothing to compare with. */
function committed(): ManifestOperation[] {
  try {
    const text = execFileSync('git', ['show', 'HEAD:persisted-queries/manifest.json'], {
      cwd: fileURLToPath(folder),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return operationsIn(text)
  } catch {
    return []
  }
}

function main(check: boolean): void {
  const before = existsSync(manifestFile) ? readFileSync(manifestFile, 'utf8') : ''
  const text = `${JSON.stringify(merge(before ? operationsIn(before) : [], documents()), null, 2)}\n`
  const served = new Set(operationsIn(text).map(({ id }) => id))
  const lost = committed().filter(({ id }) => !served.has(id))
  if (lost.length > 0) {
    throw new Error(
      `Clients still use these ids; put them back: ${lost.map(({ id, name }) => `${name} ${id}`).join(', ')}`,
    )
  }
  if (check && text !== before) throw new Error('manifest.json is stale. Run: npm run persisted')
  if (!check) writeFileSync(manifestFile, text)
  console.log(
    `${served.size} persisted operations ${check ? 'are up to date' : 'written to persisted-queries/manifest.json'}.`,
  )
}

/** What caches may do with each operation, and why. */
function explain(): void {
  for (const { name, body } of documents()) {
    const document = parse(body)
    const header = cacheControl(policyOf(schema, document))
    console.log(`${name.padEnd(24)} ${header.padEnd(72)} ${reasonOf(schema, document)}`)
  }
}

if (basename(process.argv[1] ?? '') === 'persisted.ts') {
  try {
    if (process.argv.includes('--explain')) explain()
    else main(process.argv.includes('--check'))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
