import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { createGraphQLError, type Plugin } from 'graphql-yoga'
import type { ServerContext } from '../request-state.ts'

/** The arguments and input fields whose value lets its holder in: access, refresh, queue, pick-up and ticket tokens, passwords. */
export const isSecretName = (name: string): boolean => /(token|password|secret)$/i.test(name)

/** Whether an operation of the document takes a secret, given or not: as an argument, or anywhere in an input object. */
export function takesSecret(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema)
  let found = false
  const enter = () => {
    const argument = types.getArgument()
    if (argument) found ||= isSecretName(argument.name) || holdsSecret(argument.type)
  }
  visit(document, visitWithTypeInfo(types, { Argument: enter }))
  return found
}

function holdsSecret(type: GraphQLInputType, seen = new Set<string>()): boolean {
  const named = getNamedType(type)
  if (!isInputObjectType(named) || seen.has(named.name)) return false
  seen.add(named.name)
  return Object.values(named.getFields()).some(
    (field) => isSecretName(field.name) || holdsSecret(field.type, seen),
  )
}

/**
 * Refuses operations that take a secret unless they are posted: addresses stand in logs, histories and referrers. Public
 * reads never come here when they are kept; a document is walked once.
 */
export function useSecretArguments(schema: GraphQLSchema): Plugin<ServerContext> {
  const known = new WeakMap<DocumentNode, boolean>()
  return {
    onExecute({ args }) {
      const { request } = args.contextValue as Partial<{ request: Request }>
      if (!request || request.method === 'POST') return
      const { document } = args
      const secret = known.get(document) ?? takesSecret(schema, document)
      known.set(document, secret)
      if (secret) throw notInAddresses()
    },
  }
}

const notInAddresses = () =>
  createGraphQLError(
    'This operation takes a secret, which must not stand in an address. Post it: documentId or query, and variables, as JSON in the body.',
    { extensions: { code: 'POST_REQUIRED', http: { status: 405, headers: { Allow: 'POST' } } } },
  )
