import { expect, test, vi } from 'vitest'
import { ValidationFailed } from '../../platform/errors.ts'
import { parseLogin, parseRegistration } from './account-input.ts'

const good = { name: 'Sari', email: 'sari@example.com', password: 'correct horse' }

function refusedFields(parse: () => unknown): string[] {
  try {
    parse()
    return []
  } catch (error) {
    if (error instanceof ValidationFailed) return error.issues.map(({ path }) => path.join('.'))
    throw error
  }
}
const refused = (change: Partial<Parameters<typeof parseRegistration>[0]>) =>
  refusedFields(() => parseRegistration({ ...good, ...change }))

test('a registration is stored trimmed, its e-mail in lower case, its phone without spaces', () => {
  expect(
    parseRegistration({
      name: '  Sari Dewi ',
      email: ' Sari@Example.COM ',
      password: '  spaces stay  ',
      phone: '+62 812-3456-789',
    }),
  ).toEqual({
    name: 'Sari Dewi',
    email: 'sari@example.com',
    password: '  spaces stay  ',
    phone: '+628123456789',
  })
  expect(parseRegistration({ ...good, phone: '' }).phone).toBeNull()
})

test('all that is wrong is told at once', () => {
  expect(refused({ name: ' ', email: 'sari', password: 'short', phone: '12' })).toEqual([
    'input.name',
    'input.email',
    'input.phone',
    'input.password',
  ])
})

test('lengths are bounded on both sides and counted in characters', () => {
  const tickets = (count: number) => '🎫🎪🎭🎨🎬'.repeat(count).slice(0, 2 * count)
  expect(refused({ name: 'x'.repeat(100), password: tickets(10) })).toEqual([])
  expect(refused({ name: 'x'.repeat(101) })).toEqual(['input.name'])
  expect(refused({ password: tickets(9) })).toEqual(['input.password'])
  expect(refused({ password: tickets(200) })).toEqual([])
  expect(refused({ password: 'x'.repeat(201) })).toEqual(['input.password'])
  expect(refused({ email: `${'x'.repeat(64)}@${'y.'.repeat(91)}example` })).toEqual([])
  expect(refused({ email: `${'x'.repeat(64)}@${'y.'.repeat(91)}example2` })).toEqual(['input.email'])
})

test.each([
  'sari',
  'sari@',
  '@example.com',
  'sari@example',
  'a b@example.com',
  'a@b@example.com',
  'a\0@example.com',
  'a@example.com\r\nBcc: b@example.com',
])('%j is no e-mail address', (email) => {
  expect(refused({ email })).toEqual(['input.email'])
  expect(refusedFields(() => parseLogin({ email, password: 'x' }))).toEqual(['input.email'])
})

test('control characters and broken text are no name', () => {
  for (const name of ['Sari\0', 'Sari\nBcc: x', 'Sari\ud800'])
    expect(refused({ name })).toEqual(['input.name'])
})

test('what a mail would make a link of is no name', () => {
  for (const name of ['evil.com/klik', 'sari@evil.example', 'www.evil.example'])
    expect(refused({ name })).toEqual(['input.name'])
})

test('an e-mail far too long is refused before a pattern walks it', () => {
  const walks = vi.spyOn(RegExp.prototype, 'test')
  expect(refused({ email: `${'a.'.repeat(1_000_000)}@` })).toEqual(['input.email'])
  const longest = Math.max(...walks.mock.calls.map(([text]) => text.length))
  walks.mockRestore()
  expect(longest).toBeLessThan(1_000)
})

test('a login refuses only what no account can have', () => {
  expect(parseLogin({ email: ' Sari@Example.com', password: 'x' })).toEqual({
    email: 'sari@example.com',
    emails: ['sari@example.com'],
    password: 'x',
    refreshToken: null,
  })
  expect(refusedFields(() => parseLogin({ email: good.email, password: '' }))).toEqual(['input.password'])
  expect(refusedFields(() => parseLogin({ email: good.email, password: 'x'.repeat(201) }))).toEqual([
    'input.password',
  ])
})
