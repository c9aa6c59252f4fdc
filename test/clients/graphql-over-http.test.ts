// The audit suite of the GraphQL over HTTP specification, from the package graphql-http, which its authors maintain.
import { readFileSync } from 'node:fs'
import { type Audit, type AuditResult, serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../setup/app.ts'

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
