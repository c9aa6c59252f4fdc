import { EnvelopArmor } from '@escape.tech/graphql-armor'
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLError,
  type GraphQLSchema,
  parse,
  type ValidationRule,
  validate,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { withoutSuggestion } from '../graphql-errors.ts'
import type { ServerContext } from '../request-state.ts'
import { tooComplex } from './too-complex.ts'

/** What a document may have. The largest of ours has 1,163 characters, 122 tokens, depth 6 and one name 14 times. */
export const documentLimits = {
  characters: 16_384,
  tokens: 1_000,
  /** Fields below each other, fragments opened. */
  depth: 10,
  /** `__typename` included. */
  aliases: 100,
  directives: 8,
  /** Fields that answer under one name. Validation compares each with each other. */
  sameName: 100,
  /** `__schema` and `__type`: each walks the whole schema, and aliases make them run again. */
  introspections: 2,
}

/**
 * Bounds documents that are not persisted, by Armor's rules and ours. Each is linear in the document, and all of them
 * run before validation, which is not: inside it, whatever stands ahead of the operation would be compared first.
 */
export function useDocumentLimits(schema: GraphQLSchema, tellWhy: boolean): Plugin<ServerContext> {
  const refuse = (why: string): never => {
    throw tooComplex(why, tellWhy)
  }
  const { parseBounded, rules } = armor(refuse)
  const known = new WeakSet<DocumentNode>()
  return {
    onParse({ params, context, setParseFn }) {
      if (isPersisted(context)) return
      const { source } = params
      const { length } = typeof source === 'string' ? source : source.body
      // The lexer would read all of a comment or string before it counts one token.
      if (length > documentLimits.characters)
        refuse(`It has ${length} characters, at most ${documentLimits.characters} are allowed.`)
      setParseFn(parseBounded)
      return ({ result }) => {
        // Yoga keeps parsed documents, so one comes here many times.
        if (result === null || result instanceof Error || known.has(result)) return
        validate(schema, result, [...rules, repetition(refuse)])
        known.add(result)
      }
    },
    onValidate({ context }) {
      if (isPersisted(context)) return
      return ({ result, setResult }) => {
        if (result.length > 0) setResult((result as readonly GraphQLError[]).map(withoutSuggestion))
      }
    },
  }
}

/** Ours were bounded when they were registered. */
const isPersisted = (context: object): boolean =>
  ((context as Partial<ServerContext>).state?.operation ?? null) !== null

/** Armor's parser and rules, without the plugins that would run them among the rules of validation. */
function armor(refuse: (why: string) => never) {
  const onReject = [(_: unknown, { message }: GraphQLError) => refuse(message.replace('Syntax Error: ', ''))]
  const { plugins } = new EnvelopArmor({
    // It counts `first` only where it is a literal.
    costLimit: { enabled: false },
    // It knows one of the four ways in which graphql suggests names.
    blockFieldSuggestion: { enabled: false },
    maxTokens: { n: documentLimits.tokens, onReject },
    maxDepth: { n: documentLimits.depth, flattenFragments: true, ignoreIntrospection: true, onReject },
    maxAliases: { n: documentLimits.aliases, allowList: [], onReject },
    maxDirectives: { n: documentLimits.directives, onReject },
  }).protect()
  const rules: ValidationRule[] = []
  let parseBounded: typeof parse = parse
  for (const { onParse, onValidate } of plugins) {
    onParse?.({ setParseFn: (given: typeof parse) => (parseBounded = given) } as never)
    onValidate?.({ addValidationRule: (rule: ValidationRule) => rules.push(rule) } as never)
  }
  return { parseBounded, rules }
}

const repetition =
  (refuse: (why: string) => never): ValidationRule =>
  () => {
    const times = new Map<string, number>()
    let introspections = 0
    return {
      Field({ name, alias }: FieldNode) {
        const answer = (alias ?? name).value
        const count = (times.get(answer) ?? 0) + 1
        times.set(answer, count)
        if (count > documentLimits.sameName)
          refuse(`More than ${documentLimits.sameName} of its fields answer as ${answer}.`)
        if (name.value === '__schema' || name.value === '__type') introspections++
        if (introspections > documentLimits.introspections)
          refuse(`It asks for the schema more than ${documentLimits.introspections} times.`)
      },
    }
  }
