import { DatabaseError } from 'pg'
import { expect, test } from 'vitest'
import { kindOf } from './serializable.ts'

const adapterError = (cause: object) =>
  Object.assign(new Error('driver'), { name: 'DriverAdapterError', cause })
const raw = (cause: object) =>
  Object.assign(new Error('raw'), { code: 'P2010', meta: { driverAdapterError: adapterError(cause) } })

test('a conflict is known in all three shapes, and a deadlock counts too', () => {
  expect(kindOf(Object.assign(new Error(), { code: 'P2034' }))).toBe('conflict')
  expect(kindOf(raw({ kind: 'TransactionWriteConflict' }))).toBe('conflict')
  expect(kindOf(adapterError({ kind: 'TransactionWriteConflict' }))).toBe('conflict')
  expect(kindOf(raw({ kind: 'postgres', originalCode: '40P01' }))).toBe('conflict')
})

test('what the driver itself says is known too', () => {
  const ofDriver = (code: string) => Object.assign(new DatabaseError('said', 4, 'error'), { code })
  expect(kindOf(ofDriver('40001'))).toBe('conflict')
  expect(kindOf(ofDriver('40P01'))).toBe('conflict')
  expect(kindOf(ofDriver('23505'))).toBe('unique')
  expect(kindOf(ofDriver('57014'))).toBe('timeout')
  expect(kindOf(ofDriver('57P01'))).toBe('lost')
  expect(kindOf(ofDriver('23514'))).toBe('other')
})

test('a taken unique value is told apart from a conflict, from overload and from everything else', () => {
  expect(kindOf(Object.assign(new Error(), { code: 'P2002' }))).toBe('unique')
  expect(kindOf(raw({ kind: 'UniqueConstraintViolation' }))).toBe('unique')
  expect(kindOf(Object.assign(new Error(), { code: 'P2028' }))).toBe('overloaded')
  expect(kindOf(raw({ kind: 'postgres', originalCode: '23514' }))).toBe('other')
  expect(kindOf(new Error('no code'))).toBe('other')
  expect(kindOf(null)).toBe('other')
})
