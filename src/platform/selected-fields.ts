import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'

// By the field's place in its document, so a persisted operation is looked through once.
const known = new WeakMap<FieldNode, ReadonlySet<string>>()

/** Names of the fields that an operation selects at a path below the field under way; those that it may skip included. */
export function selectedFields(
  { fieldNodes, fragments }: GraphQLResolveInfo,
  path: readonly string[],
): ReadonlySet<string> {
  const [first] = fieldNodes
  const before = first && known.get(first)
  if (before) return before
  const names = new Set<string>()
  const visit = ({ selections }: SelectionSetNode, rest: readonly string[]): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments[selection.name.value]
        if (fragment) visit(fragment.selectionSet, rest)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet, rest)
      else if (rest.length === 0) names.add(selection.name.value)
      else if (selection.name.value === rest[0] && selection.selectionSet)
        visit(selection.selectionSet, rest.slice(1))
    }
  }
  for (const { selectionSet } of fieldNodes) if (selectionSet) visit(selectionSet, path)
  if (first && fieldNodes.length === 1) known.set(first, names)
  return names
}
