import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCode } from './code-form.ts'

test.each([
  ['  early-bird ', 'EARLY-BIRD'],
  ['10%OFF', '10%OFF'],
  ['abc', 'ABC'],
])('%j is the code %s', (text, code) => {
  expect(parseCode(text)).toBe(code)
})

test.each(['', 'ab', 'a b c', 'x'.repeat(33), 'kode\u0000', 'kıde', 'straße', 'ｅａｒｌｙ', 'a\nb'])(
  '%j is no code',
  (text) => {
    expect(parseCode(text)).toBeNull()
  },
)

test('whatever is a code is its own code', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const code = parseCode(text)
      expect(code === null || parseCode(code.toLowerCase()) === code).toBe(true)
    }),
  )
})
