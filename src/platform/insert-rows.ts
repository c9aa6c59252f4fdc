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
  /** Rows that are written together nearly always have the same in it, and in all other columns that say so. */
  readonly usuallyAlike?: true
  of(row: Row): Cell
}

/**
 * An INSERT whose text is one of three for any rows, so that PostgreSQL and the driver keep what they made of it: each column
 * travels as one array. What all rows have alike travels once instead, which in a batch of orders is most of it. An array
 * that is not there at all is cheaper than an empty one, so where the rows are alike as usual these columns have none; and
 * one row alone goes as VALUES. `key` is the column that tells rows apart; there is at least one row.
 */
export function insertInto<Row>(
  table: string,
  key: Column<Row>,
  columns: readonly Column<Row>[],
): (rows: readonly Row[]) => Prisma.Sql {
  const all = [key, ...columns]
  const into = `INSERT INTO ${table} (${all.map(({ name }) => name).join(', ')})`
  const one = new Text(`${into} VALUES (`)
  all.forEach((column, at) => {
    one.value(at === 0 ? '' : ', ', castOf(column))
  })
  one.end(')')

  /** With arrays of these columns and the key. */
  function many(inArrays: readonly Column<Row>[]) {
    const text = new Text(`${into} SELECT ${key.name}`)
    for (const column of columns) {
      if (inArrays.includes(column))
        text.value(`, coalesce(${column.name}, `, `::${sentAs(column)})${castOf(column, '')}`)
      else text.value(', ', castOf(column))
    }
    const arrays = [key, ...inArrays]
    arrays.forEach((column, at) => {
      text.value(at === 0 ? ' FROM unnest(' : ', ', `::${sentAs(column)}[]`)
    })
    text.end(`) AS row (${arrays.map(({ name }) => name).join(', ')})`)
    return { text, inArrays }
  }
  const usual = many(columns.filter(({ usuallyAlike }) => !usuallyAlike))
  const general = many(columns)

  return (rows) => {
    const [first, ...more] = rows
    if (first && more.length === 0) return one.with(all.map(({ of }) => textOf(of(first))))
    const found = new Map(columns.map((column) => [column, alikeIn(rows.map(column.of))]))
    const isUsual = columns.every((column) => !column.usuallyAlike || found.get(column)?.areAlike)
    const { text, inArrays } = isUsual ? usual : general
    return text.with([
      ...[...found.values()].map(({ areAlike, cells: [cell = null] }) => (areAlike ? textOf(cell) : null)),
      arrayLiteral(rows.map((row) => textOf(key.of(row)))),
      ...inArrays.map((column) => found.get(column)?.array() ?? '{}'),
    ])
  }
}

/** The text of a statement with places for values. */
class Text {
  readonly #parts: string[]

  constructor(start: string) {
    this.#parts = [start]
  }

  value(before: string, behind: string): void {
    this.end(before)
    this.#parts.push(behind)
  }

  end(text: string): void {
    this.#parts.push(`${this.#parts.pop() ?? ''}${text}`)
  }

  with(values: readonly (string | null)[]): Prisma.Sql {
    return new Prisma.Sql(this.#parts, values)
  }
}

const sentAs = ({ type, sentAs = type }: Pick<Column<never>, 'type' | 'sentAs'>): string => sentAs

const castOf = (column: Pick<Column<never>, 'type' | 'sentAs'>, first = `::${sentAs(column)}`): string =>
  column.sentAs === undefined ? first : `${first}::${column.type}`

function alikeIn(cells: readonly Cell[]) {
  const [first = null] = cells
  const areAlike = cells.every((cell) => isSame(cell, first))
  return { cells, areAlike, array: () => (areAlike ? '{}' : arrayLiteral(cells.map(textOf))) }
}

const isSame = (one: Cell, other: Cell): boolean =>
  one === other || (one instanceof Date && other instanceof Date && one.getTime() === other.getTime())

const textOf = (cell: Cell): string | null => {
  if (cell === null) return null
  return cell instanceof Date ? cell.toISOString() : String(cell)
}
