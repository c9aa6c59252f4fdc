import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getOperationAST,
  getVariableValues,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql'

export interface Calls {
  /** The mutation with what it calls and nothing else: each field that will run once, by its alias, without selections. */
  readonly document: DocumentNode
  /** As the executor will see them, defaults included. */
  readonly variables: Readonly<Record<string, unknown>>
}

interface Request {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
  readonly variableValues?: { readonly [name: string]: unknown } | null | undefined
}

/**
 * The fields of Mutation that a request will run; null when it runs none, be it a query or one whose variables the
 * executor will refuse.
 */
export function callsOf({ schema, document, operationName, variableValues }: Request): Calls | null {
  const operation = getOperationAST(document, operationName)
  if (operation?.operation !== OperationTypeNode.MUTATION) return null
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {})
  if (!coerced) return null
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const calls = new Map<string, FieldNode>()
  collect(operation.selectionSet)
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [...calls.values()] }
  const { directives: _none, ...rest } = operation
  return {
    document: { kind: Kind.DOCUMENT, definitions: [{ ...rest, selectionSet }] },
    variables: coerced,
  }

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (getDirectiveValues(GraphQLSkipDirective, selection, coerced)?.['if'] === true) continue
      if (getDirectiveValues(GraphQLIncludeDirective, selection, coerced)?.['if'] === false) continue
      if (selection.kind === Kind.FIELD) {
        const { selectionSet: _unseen, directives: _done, ...call } = selection
        const alias = (selection.alias ?? selection.name).value
        // Fields of one alias are merged and run once: validation has seen that their arguments are the same.
        if (!calls.has(alias)) calls.set(alias, call)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet)
      } else {
        const fragment = fragments.get(selection.name.value)
        // Once each, as the executor does: fragments that spread each other twice would double with every one.
        fragments.delete(selection.name.value)
        if (fragment) collect(fragment.selectionSet)
      }
    }
  }
}
