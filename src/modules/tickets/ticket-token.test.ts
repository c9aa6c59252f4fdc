import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseTicketToken, signTicket } from './ticket-token.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const claims = {
  ticketId: '0198f0a0-0000-7000-8000-000000000001',
  eventId: '0198f0a0-0000-7000-8000-000000000002',
  ticketCategoryId: '0198f0a0-0000-7000-8000-000000000003',
  scheduleId: null,
  version: 7,
}
const token = signTicket(claims, 'ABCDEFGH12', privateKey)

test('a token gives back what was signed, and verifies', () => {
  const parsed = parseTicketToken(token)
  expect(parsed?.claims).toEqual(claims)
  expect(parsed?.keyId).toBe('ABCDEFGH12')
  expect(parsed?.verify(publicKey)).toBe(true)
})

test('a token with one character changed anywhere does not verify', () => {
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === 'A' ? 'B' : 'A'
    const forged = token.slice(0, at) + other + token.slice(at + 1)
    const parsed = parseTicketToken(forged)
    // The last character of base64url holds bits that decoding drops: the bytes are then the same, and so is the ticket.
    const sameBytes =
      parsed &&
      Buffer.from(forged.split('.')[3] ?? '', 'base64url').equals(
        Buffer.from(token.split('.')[3] ?? '', 'base64url'),
      )
    if (parsed && at < token.lastIndexOf('.')) expect(parsed.verify(publicKey), `at ${at}`).toBe(false)
    else if (parsed && !sameBytes) expect(parsed.verify(publicKey), `at ${at}`).toBe(false)
  }
})

test('a token of another key does not verify, and what is no token is null', () => {
  expect(parseTicketToken(token)?.verify(generateKeyPairSync('ed25519').publicKey)).toBe(false)
  for (const text of [
    '',
    'k1',
    token.slice(0, -1),
    `${token}A`,
    token.replace('k1', 'k2'),
    '🎫'.repeat(50),
  ]) {
    expect(parseTicketToken(text)).toBeNull()
  }
})
