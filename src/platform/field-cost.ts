import { type GraphQLField, type GraphQLOutputType, isListType, isNonNullType } from 'graphql'
import { DEFAULT_SIZE, MAX_SIZE } from './pagination.ts'

type Field = Pick<GraphQLField<unknown, unknown>, 'name' | 'args' | 'type'>

export interface FieldCost {
  readonly field: number
  /** How many times its selections are answered at most. */
  readonly multiplier: number
}

/**
 * What a field costs unless it says otherwise by `complexity`: 1, and its selections once for each row that it may
 * give. A page has as many rows as it is asked for, any other list the bound that all lists have.
 */
export function fieldCost(
  args: Readonly<Record<string, unknown>>,
  _context: unknown,
  field: Field,
): FieldCost {
  if (field.args.some(({ name }) => name === 'first')) return { field: 1, multiplier: pageSize(args) }
  // The connection above has counted these rows.
  if (field.name === 'edges') return { field: 1, multiplier: 1 }
  return { field: 1, multiplier: isList(field.type) ? MAX_SIZE : 1 }
}

/** What is asked for, also when it is more than a page may have: the list itself would refuse it later. */
function pageSize({ first, last }: Readonly<Record<string, unknown>>): number {
  const sizes = [first, last].filter((size) => typeof size === 'number')
  return sizes.length === 0 ? DEFAULT_SIZE : Math.max(...sizes, 0)
}

const isList = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type)
