import { arrayLiteral } from './array-literal.ts'
import { Prisma } from './prisma.ts'

type Cell = string | number | bigint | boolean | Date | null

/** A column of a table, and what a row has in it. */
export interface Column<Row> {
  readonly name: string
  /** As PostgreSQL calls it. */
  readonly type: string
  /** What it travels as, where that is not its type: in an array of arrays all would have to have one length. */
  readonly sentAs?: string
  of(row: Row): Cell
}

/**
 * An INSERT whose text is the same for any rows, so that PostgreSQL and the driver keep what they made of it: each column
 * travels as one array. What all rows have alike travels once instead, which in a batch of orders is most of it. One row
 * alone goes as VALUES: to take two dozen arrays apart costs PostgreSQL as much as to write it. `key` is the column that
 * tells rows apart; there is at least one row.
 */
export function insertInto<Row>(
  table: string,
  key: Column<Row>,
  columns: readonly Column<Row>[],
): (rows: readonly Row[]) => Prisma.Sql {
  const all = [key, ...columns]
  const names = all.map(({ name }) => name).join(', ')
  // Before, between and behind the values: first what is alike in each column, then the arrays.
  const strings = [`INSERT INTO ${table} (${names}) SELECT ${key.name}`]
  const single = [`INSERT INTO ${table} (${names}) VALUES (`]
  const value = (of: string[], before: string, behind: string) => {
    of.push(`${of.pop() ?? ''}${before}`, behind)
  }
  for (const { name, type, sentAs = type } of columns)
    value(strings, `, coalesce(${name}, `, `::${sentAs})${cast(type, sentAs)}`)
  all.forEach(({ type, sentAs = type }, at) => {
    value(strings, at === 0 ? ' FROM unnest(' : ', ', `::${sentAs}[]`)
    value(single, at === 0 ? '' : ', ', `::${sentAs}${cast(type, sentAs)}`)
  })
  strings.push(`${strings.pop() ?? ''}) AS row (${names})`)
  single.push(`${single.pop() ?? ''})`)

  return (rows) => {
    const [one, ...more] = rows
    if (one && more.length === 0)
      return new Prisma.Sql(
        single,
        all.map(({ of }) => textOf(of(one))),
      )
    const alike: (string | null)[] = []
    const arrays = [arrayLiteral(rows.map((row) => textOf(key.of(row))))]
    for (const { of } of columns) {
      const cells = rows.map(of)
      const [first = null] = cells
      const areAlike = cells.every((cell) => isSame(cell, first))
      alike.push(areAlike ? textOf(first) : null)
      arrays.push(areAlike ? '{}' : arrayLiteral(cells.map(textOf)))
    }
    return new Prisma.Sql(strings, [...alike, ...arrays])
  }
}

const cast = (type: string, sentAs: string): string => (sentAs === type ? '' : `::${type}`)

const isSame = (one: Cell, other: Cell): boolean =>
  one === other || (one instanceof Date && other instanceof Date && one.getTime() === other.getTime())

const textOf = (cell: Cell): string | null => {
  if (cell === null) return null
  return cell instanceof Date ? cell.toISOString() : String(cell)
}
