import { readFileSync } from 'node:fs'
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql'
import { expect, test } from 'vitest'
import { printedSchema, schema } from '../src/schema.ts'

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

test('schema.graphql is what the code prints', () => {
  expect(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')).toBe(printedSchema())
})

test('everything in the schema says what it means', () => {
  const silent: string[] = []
  const look = (name: string, { description }: { description?: string | null }) => {
    if (!description?.trim()) silent.push(name)
  }
  for (const type of types) {
    look(type.name, type)
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value)
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field)
    }
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field)
      for (const arg of field.args) look(`${type.name}.${field.name}(${arg.name})`, arg)
    }
  }
  expect(silent).toEqual([])
})

const CHANGED_BY_KEY = new Set(['Order', 'Payment', 'CheckIn', 'Hold', 'SyncCheckInsResult'])

test('every mutation that changes an order, a payment, a hold or an admission takes an idempotency key', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
  const changing = mutations.filter(({ type }) => {
    const result = getNamedType(type)
    return (isUnionType(result) ? result.getTypes() : [result]).some(({ name }) => CHANGED_BY_KEY.has(name))
  })
  expect(changing.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['createOrder', 'cancelOrder', 'payOrder', 'checkIn']),
  )
  for (const { name, args } of changing) {
    const key = args.find((arg) => arg.name === 'idempotencyKey')
    expect(String(key?.type), name).toBe('String!')
  }
})

test('every failure of a result union is an Error with a code, and Error has no other member', () => {
  const failures = schema.getPossibleTypes(schema.getType('Error') as never).map(({ name }) => name)
  expect(failures.filter((name) => !name.endsWith('Error'))).toEqual([])
  const named = types.filter((type) => isObjectType(type) && type.name.endsWith('Error'))
  expect(failures.sort()).toEqual(named.map(({ name }) => name).sort())
})
