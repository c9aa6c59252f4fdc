import { expect, test } from 'vitest'
import { isLoopback } from './loopback.ts'

test.each(['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '127.8.9.1', '[::1]', '::1'])(
  '%s stays here',
  (host) => expect(isLoopback(host)).toBe(true),
)

test.each([
  '',
  'localhost.example',
  'notlocalhost',
  '128.0.0.1',
  '10.0.0.1',
  '0.0.0.0',
  '[::2]',
  '127.0.0.1.example',
])('%s does not', (host) => expect(isLoopback(host)).toBe(false))
