import { expect, test } from 'vitest'
import { passwordProblem } from './password-rules.ts'

const problem = (password: string, email = 'sari.dewi88@karcis.test') => passwordProblem(password, email)

test.each([
  ' '.repeat(10),
  '\u3000'.repeat(12),
  '\u200b'.repeat(10),
  'aaaaaaaaaa',
  '1212121212',
  '1234567890',
  '0123456789',
  '9876543210',
  '0987654321',
  'abcdefghij',
  'ABCDEFGHIJ',
  'password123',
  'Password!2024',
  'P@ssw0rd2026',
  'qwertyuiop',
  '1q2w3e4r5t',
  'bismillah123',
  'indonesia1945',
  '１２３４５６７８９０',
  'sari.dewi88@karcis.test',
  'SARI.DEWI88@karcis.test',
  'sari.dewi88',
  'sari.dewi88!',
  'sari.dewi2026',
  '123sari.dewi88',
  'sari.dewi88@karcis',
])('%j is tried first and refused', (password) => {
  expect(problem(password)).not.toBeNull()
})

test.each([
  'karcis-dev-only',
  'a-good-password',
  'correct horse',
  '  spaces stay  ',
  'kuda baterai benar',
  'Tr0ub4dor&3x',
  '１３５七九零二四六八',
  'x7#Qp2!mZz',
  '13572468901',
])('%j is taken', (password) => {
  expect(problem(password)).toBeNull()
})
