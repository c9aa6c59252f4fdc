import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { addSeconds } from '../../platform/clock.ts'
import { Unauthenticated } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import type { Settings } from '../../platform/settings.ts'
import { signAccessToken, verifyAccessToken } from './access-tokens.ts'

const settings: Settings = {
  environment: 'test',
  publicUrl: 'http://localhost',
  jwtSecret: 'a secret of the tests that is long enough',
  linkSecret: '',
  previousLinkSecret: null,
  documentLinkSecret: 'd',
  previousDocumentLinkSecret: null,
  documentLinkTtlSeconds: 60,
  ticketSecret: '',
  accessTokenTtlSeconds: 900,
  refreshTokenTtlSeconds: 86_400,
  orderTtlSeconds: 900,
  idempotencyTtlSeconds: 86_400,
  holdTtlSeconds: 300,
  admissionTtlSeconds: 0,
  checkoutCapacity: 0,
  mailFrom: '',
}
const now = new Date('2026-11-21T12:00:00.500Z')
const at = (time: Date) => ({ settings, clock: { now: () => time } })
const seconds = Math.floor(now.getTime() / 1000)
const claims = { accountId: newId(), sessionId: newId() }
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

const goodHeader = { alg: 'HS256', typ: 'at+jwt' }
const goodPayload = {
  sid: claims.sessionId,
  sub: claims.accountId,
  iss: 'karcis',
  aud: 'karcis-api',
  exp: seconds + 60,
}

type Signer = (content: string) => string
const hmac =
  (secret: string, hash = 'sha256'): Signer =>
  (content) =>
    createHmac(hash, secret).update(content).digest('base64url')
const rsa: Signer = (content) => createSign('sha256').update(content).sign(privateKey, 'base64url')

function forge(header: object, payload: object, sign: Signer = hmac(settings.jwtSecret)): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = `${part({ ...goodHeader, ...header })}.${part({ ...goodPayload, ...payload })}`
  return `${content}.${sign(content)}`
}

const refused = (token: string, time = now) =>
  expect(verifyAccessToken(at(time), token)).rejects.toThrow(
    new Unauthenticated('The access token is not valid. Sign in again.'),
  )

test('a token is good until the second that was promised', async () => {
  const { token, expiresAt } = await signAccessToken(at(now), claims)
  expect(expiresAt).toEqual(new Date('2026-11-21T12:15:00.000Z'))
  expect(await verifyAccessToken(at(now), token)).toEqual(claims)
  expect(await verifyAccessToken(at(addSeconds(expiresAt, -1)), token)).toEqual(claims)
  await refused(token, expiresAt)
})

test('what the other cases are forged from is good by itself', async () => {
  expect(await verifyAccessToken(at(now), forge({}, {}))).toEqual(claims)
})

test.each<[string, string]>([
  ['no algorithm, no signature', forge({ alg: 'none' }, {}, () => '')],
  ['no algorithm, in another case', forge({ alg: 'nOnE' }, {}, () => '')],
  ['no signature', forge({}, {}, () => '')],
  ['a longer hash with the right secret', forge({ alg: 'HS512' }, {}, hmac(settings.jwtSecret, 'sha512'))],
  ['an RSA signature', forge({ alg: 'RS256' }, {}, rsa)],
  ['an RSA signature that claims to be an HMAC', forge({}, {}, rsa)],
  ['a public key used as the secret', forge({}, {}, hmac(publicKey))],
  ['another secret, with a key id that is a path', forge({ kid: '/dev/null' }, {}, hmac(''))],
  ['a key of its own', forge({ jwk: { kty: 'oct', k: 'AA' } }, {}, hmac('\0'))],
  ['an unknown critical header', forge({ crit: ['x'], x: 1 }, {})],
  ['the type of another token', forge({ typ: 'JWT' }, {})],
  ['no type', forge({ typ: undefined }, {})],
  ['another issuer', forge({}, { iss: 'karcis.example' })],
  ['no issuer', forge({}, { iss: undefined })],
  ['another audience', forge({}, { aud: 'karcis-queue' })],
  ['no audience', forge({}, { aud: undefined })],
  ['no end', forge({}, { exp: undefined })],
  ['an end that is no number', forge({}, { exp: '9999999999' })],
  ['an end now', forge({}, { exp: seconds })],
  ['a beginning later', forge({}, { nbf: seconds + 60 })],
  ['no session', forge({}, { sid: undefined })],
  ['a session that is no id', forge({}, { sid: ["' OR 1=1"] })],
  ['no account', forge({}, { sub: undefined })],
  ['an account that is no id', forge({}, { sub: 'admin' })],
  ['an empty text', ''],
  ['one part', 'e30'],
  ['a part too many', `${forge({}, {})}.e30`],
  ['parts that are no JSON', 'a.b.c'],
])('a token with %s is refused', async (_name, token) => {
  await refused(token)
})

test('a token whose account was changed after signing is refused', async () => {
  const [header, , signature] = forge({}, {}).split('.')
  const [, payload] = forge({}, { sub: newId() }).split('.')
  await refused(`${header}.${payload}.${signature}`)
})
