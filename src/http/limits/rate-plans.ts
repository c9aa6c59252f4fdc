import { type DocumentNode, type FieldNode, getOperationAST, Kind, OperationTypeNode } from 'graphql'
import type { PersistedOperation } from '../edge/persisted-operations.ts'

/** A call that an operation makes whatever its variables are, and which variable each of its arguments is. */
export interface PlannedCall {
  readonly field: string
  readonly args: readonly (readonly [name: string, variable: string])[]
}

const plans = new WeakMap<PersistedOperation, readonly PlannedCall[] | null>()

/**
 * The calls of a mutation of the manifest, found once. Null for one that is not so plain, with conditions, fragments or
 * literals: it is walked through each time, at ten times the cost.
 */
export function callPlanOf(operation: PersistedOperation): readonly PlannedCall[] | null {
  const known = plans.get(operation)
  if (known !== undefined) return known
  const plan = planOf(operation.document)
  plans.set(operation, plan)
  return plan
}

function planOf(document: DocumentNode): PlannedCall[] | null {
  const operation = getOperationAST(document)
  if (operation?.operation !== OperationTypeNode.MUTATION) return null
  const calls: PlannedCall[] = []
  for (const selection of operation.selectionSet.selections) {
    const args = selection.kind === Kind.FIELD ? plainArguments(selection) : null
    if (selection.kind !== Kind.FIELD || !args) return null
    calls.push({ field: selection.name.value, args })
  }
  return calls
}

function plainArguments({ arguments: given = [], directives = [] }: FieldNode) {
  if (directives.length > 0) return null
  const args: [string, string][] = []
  for (const { name, value } of given) {
    if (value.kind !== Kind.VARIABLE) return null
    args.push([name.value, value.name.value])
  }
  return args
}
