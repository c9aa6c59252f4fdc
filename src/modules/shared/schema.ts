// Types that every module's schema speaks: scalars, money, and the failures that are not one module's own.
import { GraphQLError } from 'graphql'
import { builder } from '../../builder.ts'
import * as errors from '../../platform/errors.ts'
import { isoTime } from '../../platform/iso-time.ts'
import { type Money, toDecimal } from '../../platform/money.ts'

// Hours end at 23, seconds are there, T and Z are in either case. A leap second is no moment that PostgreSQL could keep.
const RFC3339 =
  /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}

builder.scalarType('DateTime', {
  description: 'A moment: RFC 3339, answered in UTC, e.g. "2026-11-21T12:00:00.000Z".',
  serialize: isoTime,
  parseValue: (value) => {
    if (typeof value !== 'string' || !RFC3339.test(value))
      throw badInput('A DateTime is RFC 3339 with seconds and an offset, e.g. "2026-11-21T12:00:00Z".')
    const time = new Date(value.toUpperCase())
    // JavaScript takes February 30 for March 2, and knows years that RFC 3339 and PostgreSQL do not.
    const day = Number(value.slice(8, 10))
    const lastDay = new Date(Date.UTC(Number(value.slice(0, 4)), Number(value.slice(5, 7)), 0)).getUTCDate()
    const year = time.getUTCFullYear()
    if (!(year >= 1 && year <= 9999) || day > lastDay) throw badInput('This DateTime does not exist.')
    return time
  },
})

builder.scalarType('Decimal', {
  description:
    'An exact decimal number as a string, e.g. "150000.00". Never a float. An amount in an input has no more digits after ' +
    'the point than are paid, so none in IDR, or else exactly those in which we answer: "75000" or "75000.00", and never ' +
    '"75.000" or "75000.50".',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string' || !/^-?\d{1,16}(\.\d{1,8})?$/.test(value)) {
      throw badInput(
        'A Decimal is a string of digits with nothing between thousands and a point before a fraction: "150000.00".',
      )
    }
    return value
  },
})

/** What every idempotencyKey is. */
export const keyArgument = 'Made by the client, one a submission; see Mutation.'

export const MoneyType = builder.objectRef<Money>('Money').implement({
  description: 'An exact amount of money.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      description: 'In major units with all digits of the currency (ISO 4217), e.g. "150000.00".',
      resolve: toDecimal,
    }),
    currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217 code, e.g. IDR.' }),
  }),
})

export const ErrorInterface = builder.interfaceRef<errors.DomainError>('Error').implement({
  description: 'An expected failure. Nothing of the request took effect.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable, for programs, e.g. SOLD_OUT.' }),
    message: t.exposeString('message', { description: 'For people, in English. May change.' }),
    path: t.exposeStringList('path', {
      nullable: true,
      description: 'Where in the arguments the cause stands; null when no single place is the cause.',
    }),
  }),
})

const IssueType = builder.objectRef<errors.Issue>('ValidationIssue').implement({
  description: 'One thing that is wrong with the input.',
  fields: (t) => ({
    path: t.exposeStringList('path', { description: 'Where in the arguments it stands.' }),
    message: t.exposeString('message', { description: 'What is wrong, for people.' }),
  }),
})

builder.objectType(errors.ValidationFailed, {
  name: 'ValidationError',
  description: 'The input is not valid. code: VALIDATION_FAILED.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [IssueType],
      description: 'All that is wrong; the first is also message and path.',
      resolve: (e) => [...e.issues],
    }),
  }),
})

builder.objectType(errors.NotFound, {
  name: 'NotFoundError',
  description:
    'No such object for this caller; what belongs to somebody else is not found either. code: NOT_FOUND.',
  interfaces: [ErrorInterface],
})

builder.objectType(errors.Forbidden, {
  name: 'ForbiddenError',
  description: 'The role of this member of staff lacks the permission. code: FORBIDDEN.',
  interfaces: [ErrorInterface],
})

builder.objectType(errors.IdempotencyConflict, {
  name: 'IdempotencyConflictError',
  description: 'The key was used by this caller with other input. code: IDEMPOTENCY_CONFLICT.',
  interfaces: [ErrorInterface],
})
