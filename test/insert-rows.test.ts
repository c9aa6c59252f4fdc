import { afterAll, beforeAll, expect, test } from 'vitest'
import { arrayLiteral } from '../src/platform/array-literal.ts'
import { insertInto } from '../src/platform/insert-rows.ts'
import { startApp, type TestApp } from './setup/app.ts'

interface Row {
  readonly id: number
  readonly name: string | null
  readonly at: Date | null
  readonly price: bigint
  readonly free: boolean
  readonly guests: readonly string[]
}

const insert = insertInto<Row>('row_of_a_test', { name: 'id', type: 'int', of: ({ id }) => id }, [
  { name: 'name', type: 'text', of: ({ name }) => name },
  { name: 'at', type: 'timestamptz', usuallyAlike: true, of: ({ at }) => at },
  { name: 'price', type: 'bigint', usuallyAlike: true, of: ({ price }) => price },
  { name: 'free', type: 'boolean', of: ({ free }) => free },
  { name: 'guests', type: 'text[]', sentAs: 'text', of: ({ guests }) => arrayLiteral(guests) },
])

const first: Row = {
  id: 1,
  name: `O'Neil "{,\\}" NULL`,
  at: new Date('2026-11-21T12:00:00.123Z'),
  price: 10n ** 14n,
  free: true,
  guests: ['Sari, "S"', ''],
}
const other: Row = { id: 2, name: 'NULL', at: new Date(0), price: 0n, free: false, guests: [] }
const empty: Row = { ...other, id: 3, name: null, at: null }

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

/** What the database has after these rows were inserted. */
const kept = (rows: readonly Row[]): Promise<Row[]> =>
  app.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`
      CREATE TEMPORARY TABLE row_of_a_test (id int, name text, at timestamptz, price bigint, free boolean, guests text[])
      ON COMMIT DROP`
    expect(await tx.$executeRaw(insert(rows))).toBe(rows.length)
    return tx.$queryRaw<Row[]>`SELECT * FROM row_of_a_test ORDER BY id`
  })

test.each([
  ['one row', [first]],
  ['rows that have nothing alike', [first, other]],
  ['rows that are alike but for their key', [first, { ...first, id: 2, at: new Date(first.at ?? 0) }]],
  ['rows that are alike as usual', [first, { ...other, at: first.at, price: first.price }]],
  ['rows that are nearly alike as usual', [first, { ...other, at: first.at }]],
  ['rows where only some have nothing', [other, empty]],
  ['rows that all have nothing', [empty, { ...empty, id: 4 }]],
])('%s arrive as they are', async (_, rows) => {
  expect(await kept(rows)).toEqual(rows)
})

test('any rows are one of three statements: one row, rows alike as usual, and others', () => {
  const textsOf = (...batches: Row[][]) => new Set(batches.map((rows) => insert(rows).text))
  expect(textsOf([first], [other], [empty]).size).toBe(1)
  expect(textsOf([other, { ...other, id: 4 }], [other, { ...other, name: null }]).size).toBe(1)
  expect(textsOf([first, other], [other, empty], [first, empty]).size).toBe(1)
  expect(textsOf([first], [empty, empty], [first, other]).size).toBe(3)
})
