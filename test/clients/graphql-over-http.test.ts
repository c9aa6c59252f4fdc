// The audit suite of the GraphQL over HTTP specification, from the package graphql-http, which its authors maintain; and
// what it does not ask.
import { readFileSync } from 'node:fs'
import { type Audit, type AuditResult, serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'
import { manifest } from './documents.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

const audits = serverAudits({ url: () => `${app.url}/graphql` })
const optional = audits.filter(({ name }) => name.startsWith('MAY'))
const required = audits.filter((audit) => !optional.includes(audit))

const titled = (some: readonly Audit[]) => some.map((one) => [`${one.id} ${one.name}`, one] as const)

const told = (result: AuditResult): string =>
  result.status === 'ok' ? 'passes' : `${result.reason}; it is ${result.response.status}`

describe('what a server must and should do', () => {
  test.each(titled(required))('%s', async (_title, { fn }) => {
    expect(told(await fn())).toBe('passes')
  })
})

describe('what a server may do is as docs/graphql-over-http.md says', () => {
  const page = readFileSync(new URL('../../docs/graphql-over-http.md', import.meta.url), 'utf8')
  const rows = page
    .split('\n')
    .filter((line) => /^\| [0-9A-Z]{4} \|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, id = '', name = '', outcome = '', reason = '']) => ({ id, name, outcome, reason }))

  test('each optional audit has one row, with a reason', () => {
    expect(rows.map(({ id, name }) => `${id} ${name}`)).toEqual(
      optional.map(({ id, name }) => `${id} ${name}`),
    )
    expect(rows.filter(({ reason }) => reason === '')).toEqual([])
  })

  test('the page counts the audits right', () => {
    const count = (level: string) => audits.filter(({ name }) => name.startsWith(level)).length
    expect(page).toContain(`${count('MUST')} MUST, ${count('SHOULD')} SHOULD and ${count('MAY')} MAY`)
  })

  test.each(titled(optional))('%s', async (_title, { id, fn }) => {
    const { status } = await fn()
    const row = rows.find((one) => one.id === id)
    expect(row?.outcome).toBe(status === 'ok' ? 'passes' : 'does not')
  })
})

describe('a refusal comes in the media type that the client asked for, or it could not read the code:', () => {
  const documentId = `sha256:${manifest.operations.findLast(({ name }) => name === 'EventList')?.id}`
  const json = { 'Content-Type': 'application/json' }
  const refused: [
    what: string,
    status: number,
    code: string,
    search: Record<string, string>,
    post?: RequestInit,
  ][] = [
    ['a variable of the wrong type', 400, 'BAD_USER_INPUT', { documentId, variables: '{"first":"two"}' }],
    ['a parameter that is not known', 400, 'BAD_REQUEST', { documentId, nonce: '1' }],
    ['variables that are no object', 400, 'BAD_REQUEST', { query: '{ __typename }', variables: '[]' }],
    ['an id that is not known', 404, 'PERSISTED_QUERY_NOT_FOUND', { documentId: `sha256:${'0'.repeat(64)}` }],
    ['a mutation by GET', 405, 'BAD_REQUEST', { query: 'mutation { __typename }' }],
    ['an address that is too long', 414, 'URI_TOO_LONG', { documentId, variables: ' '.repeat(5_000) }],
    ['an empty body', 400, 'BAD_REQUEST', {}, { headers: json, body: '' }],
    ['a body that is no JSON', 400, 'BAD_REQUEST', {}, { headers: json, body: '{' }],
    ['a body that is too large', 413, 'PAYLOAD_TOO_LARGE', {}, { headers: json, body: ' '.repeat(300_000) }],
    ['a form', 415, 'UNSUPPORTED_MEDIA_TYPE', {}, { body: new URLSearchParams({ query: '{ __typename }' }) }],
  ]
  test.each(refused)('%s', async (_what, status, code, search, post) => {
    for (const type of ['application/graphql-response+json', 'application/json']) {
      const answer = await fetch(`${app.url}/graphql?${new URLSearchParams(search)}`, {
        method: post ? 'POST' : 'GET',
        ...post,
        headers: { ...post?.headers, Accept: type },
      })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect((await answer.json()).errors[0].extensions.code).toBe(code)
    }
  })

  test('nothing else than the two is answered, and that is said in JSON before anything is executed', async () => {
    const search = new URLSearchParams({ documentId })
    for (const answer of [
      await fetch(`${app.url}/graphql?${search}`, { headers: { Accept: 'text/event-stream' } }),
      await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { ...json, Accept: 'text/csv' },
        body: JSON.stringify({ documentId }),
      }),
    ]) {
      expect(answer.status).toBe(406)
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect((await answer.json()).errors[0].extensions.code).toBe('NOT_ACCEPTABLE')
    }
  })
})
