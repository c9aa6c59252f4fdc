import { complexityFromQuery } from '@pothos/plugin-complexity'
import { type DocumentNode, GraphQLError, type GraphQLSchema, getOperationAST, Kind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { ServerContext } from '../request-state.ts'
import { tooComplex } from './too-complex.ts'

/**
 * How many fields an operation may be answered with, were every list as long as it can be. Our own largest, all that
 * belongs to one event, is at a quarter of it.
 */
export const MAX_COST = 500_000

interface Request {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
  readonly variableValues?: { readonly [name: string]: unknown } | null | undefined
}

/**
 * What the named operation would cost with these variables: each field once for every row that it may be answered for.
 * Throws a GraphQLError when the variables do not fit.
 */
export function costOf({ schema, document, operationName, variableValues }: Request): number {
  const operation = getOperationAST(document, operationName)
  // The library takes the first operation, whichever is asked for.
  const definitions = document.definitions.filter(
    (definition) => definition.kind !== Kind.OPERATION_DEFINITION || definition === operation,
  )
  const { complexity } = complexityFromQuery(
    { ...document, definitions },
    { schema, variables: { ...variableValues } },
  )
  return complexity
}

/** Refuses an operation that is not persisted for its cost, before anything of it runs. */
export function useCostLimit(tellWhy: boolean): Plugin<ServerContext> {
  return {
    onExecute({ args }) {
      if ((args.contextValue as ServerContext).state.operation) return
      const cost = boundedCost(args)
      if (cost > MAX_COST)
        throw tooComplex(`It costs up to ${cost}, at most ${MAX_COST} is allowed.`, tellWhy)
    },
  }
}

function boundedCost(args: Request): number {
  try {
    return costOf(args)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    // As GraphQL over HTTP wants it: 200 where the client takes only application/json.
    throw new GraphQLError(error.message, {
      nodes: error.nodes,
      extensions: { code: 'BAD_USER_INPUT', http: { spec: true, status: 400 } },
    })
  }
}
