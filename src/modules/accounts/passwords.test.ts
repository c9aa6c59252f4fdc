import { parseOptions, verify } from '@node-rs/argon2'
import { expect, test, vi } from 'vitest'
import { Busy } from '../../platform/errors.ts'
import { hashPassword, verifyPassword } from './passwords.ts'

// All of it works as ever; only its calls are counted.
vi.mock('@node-rs/argon2', async (original) => {
  const argon2 = await original<typeof import('@node-rs/argon2')>()
  return { ...argon2, verify: vi.fn(argon2.verify) }
})

test('a hash is Argon2id of at least 19 MiB and two passes, and never the same twice', async () => {
  const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
  expect(one).toMatch(/^\$argon2id\$v=19\$/)
  expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  expect(one).not.toBe(other)
})

test('only the password itself verifies', async () => {
  const hash = await hashPassword('correct horse')
  expect(await verifyPassword(hash, 'correct horse')).toBe(true)
  expect(await verifyPassword(hash, 'correct horse ')).toBe(false)
  expect(await verifyPassword(hash, '')).toBe(false)
})

test('a password verifies however a keyboard composes its letters', async () => {
  expect(await verifyPassword(await hashPassword('cafe\u0301 cafe\u0301'), 'caf\u00e9 caf\u00e9')).toBe(true)
})

test('nothing is the password of an unknown account, and finding out is the same work', async () => {
  const hash = await hashPassword('correct horse')
  for (const known of [hash, null, hash, null]) {
    vi.mocked(verify).mockClear()
    expect(await verifyPassword(known, 'wrong password')).toBe(false)
    expect(verify).toHaveBeenCalledOnce()
    const [walked = '', password] = vi.mocked(verify).mock.calls[0] ?? []
    expect(parseOptions(String(walked))).toEqual(parseOptions(hash))
    expect(password).toBe('wrong password')
  }
})

test('a flood is refused beyond a bounded queue, and the place of everyone who waited is freed', async () => {
  const flood = await Promise.allSettled(
    Array.from({ length: 110 }, (_, index) => verifyPassword(null, `guess ${index}`)),
  )
  const refusals = flood.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refusals).toHaveLength(8)
  for (const reason of refusals) expect(reason).toBeInstanceOf(Busy)
  expect(await verifyPassword(await hashPassword('correct horse'), 'correct horse')).toBe(true)
})

test('a hash that cannot be read fails without keeping its place', async () => {
  for (let round = 0; round < 3; round++) {
    await expect(verifyPassword('$argon2id$broken', 'correct horse')).rejects.toThrow()
  }
  expect(await verifyPassword(null, 'correct horse')).toBe(false)
})

test('an account without a hash lets nobody in', async () => {
  expect(await verifyPassword('!', '!')).toBe(false)
})
