import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getNullableType,
  getOperationAST,
  isListType,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { processRegularResult } from 'graphql-yoga'
import type { AppDeps, Context } from '../context.ts'
import { type Caller, guest } from '../platform/caller.ts'
import { Busy, DomainError } from '../platform/errors.ts'
import {
  hashInDocumentId,
  type PersistedOperation,
  type PersistedOperations,
} from './edge/persisted-operations.ts'
import { toGraphQLError } from './graphql-errors.ts'
import type { PostedParams } from './graphql-request.ts'
import { beforeDeadline } from './limits/deadline.ts'
import type { RateLimits } from './limits/rate-limit.ts'
import { callPlanOf } from './limits/rate-plans.ts'
import type { RequestState } from './request-state.ts'
import type { Reply } from './routes/route.ts'

type Run = (context: Context, variables: Readonly<Record<string, unknown>>) => Promise<ExecutionResult>

/** An operation of the manifest with its variables, as our clients post it. */
export interface DirectOperation {
  readonly operation: PersistedOperation
  readonly run: Run
  readonly variables: Readonly<Record<string, unknown>>
}

export interface DirectOperations {
  /** What is asked for, when it has this shorter way; null for all else, which goes through Yoga. */
  find(params: PostedParams): DirectOperation | null
  /** The answer without the headers that every answer of GraphQL has. Does not throw. */
  run(asked: DirectOperation, posted: PostedWith): Promise<{ result: ExecutionResult; reply: Reply }>
}

interface PostedWith {
  readonly state: RequestState
  readonly authorization: string | null
  readonly mediaType: string
}

export interface DirectOperationsOptions {
  readonly schema: GraphQLSchema
  readonly deps: AppDeps
  readonly operations: PersistedOperations
  readonly executionTimeoutMs: number
  readonly rates: RateLimits
  readonly authenticate: (authorization: string | null) => Promise<Caller>
  readonly contextOf: (state: RequestState, caller: Caller) => Context
  /** What an answer is that failed because of us. */
  readonly judged: (result: ExecutionResult) => ExecutionResult
}

/**
 * An operation of the manifest is parsed and validated, and this one is no public read and costs what it costs: most of
 * what Yoga and its plugins do for a document has nothing to say of it, and that is twice what executing it takes. It is
 * counted, authenticated, given up by the clock and answered as there. It has a single call: nothing of it is left to stop
 * when time is over. A mutation is compiled, once, for what the executor finds out anew for each field of each answer.
 */
export function createDirectOperations(options: DirectOperationsOptions): DirectOperations {
  const { schema, deps } = options
  const direct = new Map(
    [...options.operations].flatMap(([hash, operation]) => {
      if (callPlanOf(operation)?.length === 1)
        return [[hash, { operation, run: compiled(schema, operation) }]]
      return isPlainRead(schema, operation) ? [[hash, { operation, run: executed(schema, operation) }]] : []
    }),
  )

  async function execution({ operation, run, variables }: DirectOperation, posted: PostedWith) {
    const { state } = posted
    const caller = operation.anonymous ? guest : await options.authenticate(posted.authorization)
    const context = options.contextOf(state, caller)
    let counting: Promise<void> | undefined
    const counted = () => {
      counting ??= options.rates.count(operation, context, state, variables)
      return counting
    }
    if (operation.countedMeanwhile) state.refusal = () => counted().then(() => null, refusalOf)
    else await counted()
    // However it ended. What it says when it was one too many is nobody's answer.
    return beforeDeadline(options.executionTimeoutMs, state, () => run(context, variables)).finally(counted)
  }

  return {
    find(params) {
      const { documentId, variables, ...more } = params
      if (typeof documentId !== 'string' || !isObject(variables) || Object.keys(more).length > 0) return null
      const found = direct.get(hashInDocumentId(documentId) ?? '')
      return found ? { ...found, variables } : null
    },
    async run(asked, posted) {
      posted.state.operation = asked.operation
      const mask = (error: unknown) => toGraphQLError(error, deps)
      const given = await execution(asked, posted).then(
        (result) =>
          result.errors ? { ...result, errors: result.errors.map(mask).map(statusOf(result)) } : result,
        (error: unknown) => ({ errors: [mask(error)] }),
      )
      const result = options.judged(given)
      return { result, reply: replyTo(result, posted.mediaType) }
    },
  }
}

/** What is no refusal is a failure of ours: the call does not take effect, and is answered with the failure. */
const refusalOf = (error: unknown): DomainError => (error instanceof DomainError ? error : new Busy())

const executed =
  (schema: GraphQLSchema, { document }: PersistedOperation): Run =>
  async (contextValue, variableValues) =>
    execute({ schema, document, contextValue, variableValues })

function compiled(schema: GraphQLSchema, operation: PersistedOperation): Run {
  const { document } = operation
  const query = compileQuery(schema, document)
  if (!isCompiledQuery(query)) throw new Error(`${operation.name} does not fit the schema.`)
  const otherwise = executed(schema, operation)
  return async (context, variables) => {
    const result = await query.query({}, context, variables)
    // Nothing ran: the variables do not fit. What is wrong with them is said in the words that clients know.
    if (!('data' in result)) return otherwise(context, variables)
    return result.errors ? { ...result, errors: result.errors.map(placedIn(document)) } : result
  }
}

/** A query for one person with one call and no list in its answer, so that what it costs does not depend on variables. */
function isPlainRead(schema: GraphQLSchema, { document, policy }: PersistedOperation): boolean {
  const query = getOperationAST(document)
  if (query?.operation !== OperationTypeNode.QUERY || policy?.scope !== 'PRIVATE') return false
  const types = new TypeInfo(schema)
  let lists = 0
  const enter = () => {
    if (isListType(getNullableType(types.getType()))) lists += 1
  }
  visit(document, visitWithTypeInfo(types, { Field: enter }))
  return query.selectionSet.selections.length === 1 && lists === 0
}

/** An error of a compiled query names lines alone; one of graphql-js is at a place of the text. */
const placedIn =
  ({ loc }: DocumentNode) =>
  ({ message, locations = [], path, originalError }: GraphQLError): GraphQLError => {
    const lines = loc?.source.body.split('\n') ?? []
    const positions = locations.map(
      ({ line, column }) => lines.slice(0, line - 1).join('\n').length + (line > 1 ? column : column - 1),
    )
    return new GraphQLError(message, { source: loc?.source, positions, path, originalError })
  }

/** Variables that do not fit are a bad request: nothing ran. */
const statusOf =
  (result: ExecutionResult) =>
  (error: GraphQLError): GraphQLError => {
    if (!('data' in result)) error.extensions['http'] ??= { status: 400 }
    return error
  }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What Yoga makes of a result, without its Response: it knows which status an error has for which media type. */
function replyTo(result: ExecutionResult, mediaType: string): Reply {
  const made: unknown = processRegularResult(result, partsOnly, mediaType)
  if (!(made instanceof Parts)) throw new Error('Yoga made no response of a result.')
  return { status: made.status, headers: made.headers, body: made.body }
}

class Parts {
  readonly body: string
  readonly status: number
  readonly headers: Record<string, string>

  constructor(body: string, init: { status: number; headers: Record<string, string> }) {
    this.body = body
    this.status = init.status
    this.headers = init.headers
  }
}

const partsOnly = { Response: Parts } as unknown as Parameters<typeof processRegularResult>[1]
