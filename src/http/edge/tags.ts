import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { CacheTags } from '../../platform/cache-hint.ts'

/** On every public answer: whoever purges it empties all caches. */
export const EVERYTHING = 'karcis'

// Fastly takes 16 KB of tags and nginx 8 KB of headers; a purge names the list beside the object, so a list that has
// more objects than this is found all the same.
const MAX_TAGS = 120

/** Where an operation's answers have objects that caches know by name. Scalars, which are most of an answer, have no place. */
export interface TagPlan {
  /** On every answer: those of the lists that the operation reads. */
  readonly lists: readonly string[]
  readonly fields: readonly ObjectField[]
}

interface ObjectField {
  readonly key: string
  readonly tags: CacheTags | undefined
  /** The response key of the object's id. */
  readonly idKey: string
  readonly fields: readonly ObjectField[]
}

/**
 * Finds, once for each operation, where its answers have tagged objects. Throws when one of them is selected without its
 * id: such an answer would not be found by a purge.
 */
export function tagPlanOf(schema: GraphQLSchema, document: DocumentNode): TagPlan {
  const operation = getOperationAST(document)
  const root = schema.getQueryType()
  if (!operation || !root) return { lists: [], fields: [] }
  const selected = fieldsOf(document, operation.selectionSet)
  const lists = selected.map(({ name }) => root.getFields()[name]?.extensions['cacheTag'])
  return {
    lists: lists.filter((tag) => typeof tag === 'string'),
    fields: objectFields(schema, document, root, operation.selectionSet),
  }
}

interface Selected {
  readonly key: string
  readonly name: string
  readonly selectionSet: SelectionSetNode | undefined
}

function fieldsOf(document: DocumentNode, { selections }: SelectionSetNode): Selected[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(document, selection.selectionSet)
    if (selection.kind === Kind.FIELD) {
      const { alias, name, selectionSet } = selection
      return [{ key: (alias ?? name).value, name: name.value, selectionSet }]
    }
    const fragment = document.definitions.find(
      (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value,
    )
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? fieldsOf(document, fragment.selectionSet) : []
  })
}

function objectFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  parent: GraphQLObjectType,
  selectionSet: SelectionSetNode,
): ObjectField[] {
  return fieldsOf(document, selectionSet).flatMap(({ key, name, selectionSet: inner }) => {
    const definition = parent.getFields()[name]
    const type = definition && getNamedType(definition.type)
    if (!inner || !isObjectType(type)) return []
    const tags = type.extensions['cacheTags'] as CacheTags | undefined
    const idKey = fieldsOf(document, inner).find((field) => field.name === (tags?.idField ?? 'id'))?.key
    if (tags && idKey === undefined)
      throw new Error(`${parent.name}.${name} is selected without its id, which caches need.`)
    return [{ key, tags, idKey: idKey ?? '', fields: objectFields(schema, document, type, inner) }]
  })
}

/** The tags of an answer, in an order that depends on its content alone. `volatile`: it shows what is left of stock. */
export function tagsOf(data: unknown, plan: TagPlan, volatile: boolean): string[] {
  const tags = new Set([EVERYTHING, ...plan.lists])
  collect(data, plan.fields, volatile, tags)
  return [...tags].slice(0, MAX_TAGS)
}

function collect(data: unknown, fields: readonly ObjectField[], volatile: boolean, tags: Set<string>): void {
  if (typeof data !== 'object' || data === null) return
  const members = data as Readonly<Record<string, unknown>>
  for (const field of fields) {
    const value = members[field.key]
    if (Array.isArray(value)) for (const one of value) name(one, field, volatile, tags)
    else name(value, field, volatile, tags)
  }
}

function name(value: unknown, field: ObjectField, volatile: boolean, tags: Set<string>): void {
  if (typeof value !== 'object' || value === null) {
    // It is not there, and would be after it was published.
    if (field.tags?.all) tags.add(field.tags.all)
    return
  }
  if (field.tags) {
    const id = String((value as Readonly<Record<string, unknown>>)[field.idKey])
    tags.add(field.tags.one(id))
    if (volatile && field.tags.stock) tags.add(field.tags.stock(id))
  }
  collect(value, field.fields, volatile, tags)
}
