import { expect, test } from 'vitest'
import { summaryOf } from './error-summary.ts'
import { NotFound } from './errors.ts'

test.each([
  ['an address', new Error('550 5.1.1 <budi@example.com> unknown user'), 'Error: 550 5.1.1 … unknown user'],
  ['a link', new Error('GET https://api.example/x?token=abc failed'), 'Error: GET … failed'],
  ['a token', new Error('bad key sk_live_0123456789abcdefABCDEF'), 'Error: bad key …'],
  ['a phone number', new Error('no route to +62 812-3456-7890'), 'Error: no route to …'],
  ['a quotation', new Error('unexpected "Budi Santoso" in answer'), 'Error: unexpected … in answer'],
  ['all but the first line', new Error('refused\n  at somewhere secret'), 'Error: refused'],
])('a summary leaves out %s', (_what, error, summary) => {
  expect(summaryOf(error)).toBe(summary)
})

test('a summary names the kind and the code of a failure', () => {
  expect(summaryOf(Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }))).toBe(
    'Error ECONNREFUSED: connect failed',
  )
  expect(summaryOf(new NotFound('The order'))).toBe('NOT_FOUND: The order was not found.')
  expect(summaryOf('a secret that was thrown')).toBe('Error')
})

test('nothing is told of a statement of the database but its code', () => {
  const error = Object.assign(new Error('Invalid `prisma.order.update()` with Budi'), { code: 'P2002' })
  error.name = 'PrismaClientKnownRequestError'
  expect(summaryOf(error)).toBe('PrismaClientKnownRequestError P2002')
})

test('a summary is short, however long the message', () => {
  expect(summaryOf(new Error('kata '.repeat(100_000))).length).toBeLessThanOrEqual(220)
})
