// What a client of ours is built with: the documents of the storefront, the manifest with their ids, and the schema.
import { readdirSync, readFileSync } from 'node:fs'
import { type DocumentNode, isAbstractType, parse } from 'graphql'
import { MANIFEST } from '../../src/http/edge/persisted-operations.ts'
import { schema } from '../../src/schema.ts'

interface Manifest {
  readonly operations: {
    readonly id: string
    readonly name: string
    readonly type: 'query' | 'mutation' | 'subscription'
    readonly body: string
  }[]
}

export const manifest: Manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'))

const folder = new URL('storefront/', MANIFEST)

/** Every document of the storefront as it was written, by the name of its file. */
export const documents: ReadonlyMap<string, DocumentNode> = new Map(
  readdirSync(folder).map((file) => [file, parse(readFileSync(new URL(file, folder), 'utf8'))]),
)

/** The document of an operation: EventList stands in event-list.graphql. */
export function documentOf(operation: string): DocumentNode {
  const file = `${operation.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.graphql`
  const document = documents.get(file)
  if (!document) throw new Error(`There is no ${file}.`)
  return document
}

/** The id that the manifest has for the operation of a document. */
export function idOf(document: DocumentNode): string | undefined {
  const [operation] = document.definitions
  const name = operation?.kind === 'OperationDefinition' ? operation.name?.value : undefined
  return manifest.operations.findLast((one) => one.name === name)?.id
}

/** By union or interface the types that it may be. Apollo's cache matches fragments by it. */
export const possibleTypes: Record<string, string[]> = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
)
