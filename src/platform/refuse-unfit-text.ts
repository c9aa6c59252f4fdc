// PostgreSQL has no text with U+0000, and half a surrogate pair is no character. Every text that a client sends is looked at
// here, before the resolver of its field, so that no command has to.
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import {
  type GraphQLArgument,
  type GraphQLFieldResolver,
  type GraphQLInputField,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql'
import { type Issue, ValidationFailed } from './errors.ts'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      unfitText: UnfitTextPlugin<Types>
    }
  }
}

const MESSAGE = 'This text has U+0000 or half a surrogate pair, which cannot be stored.'

export class UnfitTextPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { args }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (Object.keys(args).length === 0) return resolver
    return (parent, given, context, info) => {
      const field = info.parentType.getFields()[info.fieldName]
      const issues = (field?.args ?? []).flatMap((argument) =>
        issuesOf(argument, Reflect.get(given, argument.name), []),
      )
      if (issues.length > 0) throw new ValidationFailed(issues)
      return resolver(parent, given, context, info)
    }
  }
}

/** What is unfit in the value of an argument or input field, each at its path. What scanners add is read elsewhere. */
function issuesOf(of: GraphQLArgument | GraphQLInputField, value: unknown, path: readonly string[]): Issue[] {
  if (of.extensions['scanned'] === true) return []
  const here = [...path, of.name]
  if (typeof value === 'string')
    return value.isWellFormed() && !value.includes('\0') ? [] : [{ path: here, message: MESSAGE }]
  if (typeof value !== 'object' || value === null || value instanceof Date) return []
  const type = getNamedType(of.type)
  const items = isListType(getNullableType(of.type)) && Array.isArray(value) ? value : [value]
  const isList = items === value
  return items.flatMap((item: unknown, index) => {
    const place = isList ? [...here, String(index)] : here
    if (typeof item === 'string' && (!item.isWellFormed() || item.includes('\0')))
      return [{ path: place, message: MESSAGE }]
    if (!isInputObjectType(type) || typeof item !== 'object' || item === null) return []
    return Object.values(type.getFields()).flatMap((field) =>
      issuesOf(field, Reflect.get(item, field.name), place),
    )
  })
}

SchemaBuilder.registerPlugin('unfitText', UnfitTextPlugin)
