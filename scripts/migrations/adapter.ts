// How Prisma's schema engine reaches PostgreSQL. @prisma/adapter-pg 7.10 cannot carry it: its `executeScript`
// cuts a migration at every semicolon, those in comments and function bodies included, and runs the pieces
// without a transaction; and it refuses the "char" columns of the system catalogue, so that no live database
// can be compared.
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { scriptFor } from './versions.ts'

type ColumnType = (typeof ColumnTypeEnum)[keyof typeof ColumnTypeEnum]

/** The types of the catalogue and of `_prisma_migrations`, by their fixed PostgreSQL oid. */
const columnTypes = new Map<number, ColumnType>([
  [16, ColumnTypeEnum.Boolean],
  [18, ColumnTypeEnum.Character],
  [19, ColumnTypeEnum.Text],
  [20, ColumnTypeEnum.Int64],
  [21, ColumnTypeEnum.Int32],
  [23, ColumnTypeEnum.Int32],
  [25, ColumnTypeEnum.Text],
  [26, ColumnTypeEnum.Int64],
  [1000, ColumnTypeEnum.BooleanArray],
  [1002, ColumnTypeEnum.CharacterArray],
  [1003, ColumnTypeEnum.TextArray],
  [1005, ColumnTypeEnum.Int32Array],
  [1007, ColumnTypeEnum.Int32Array],
  [1009, ColumnTypeEnum.TextArray],
  [1016, ColumnTypeEnum.Int64Array],
  [1028, ColumnTypeEnum.Int64Array],
  [1042, ColumnTypeEnum.Text],
  [1043, ColumnTypeEnum.Text],
  [1184, ColumnTypeEnum.DateTime],
])
const timestamptz = 1184

const readTime: (text: string) => Date = pg.types.getTypeParser(timestamptz)
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === timestamptz
      ? (text: string) => readTime(text).toISOString().replace('Z', '+00:00')
      : pg.types.getTypeParser(oid, format),
}

function columnType(field: pg.FieldDef): ColumnType {
  const known = columnTypes.get(field.dataTypeID)
  if (known === undefined) {
    throw new Error(`The schema engine read column "${field.name}" of a type that adapter.ts does not name.`)
  }
  return known
}

function forEngine(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  const { code = 'N/A', severity = 'ERROR', message, detail, column, hint } = error
  return new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint })
}

/**
 * One connection, and never a pool: the engine's advisory lock belongs to the session that took it.
 * `onScriptError` hears the whole error of a migration, of which the engine hands on a line.
 */
export function adapterFactory(
  client: pg.Client,
  major: number,
  onScriptError: (script: string, error: unknown) => void,
): SqlMigrationAwareDriverAdapterFactory {
  const about = { provider: 'postgres', adapterName: 'karcis-migrations' } as const
  const run = async ({ sql, args }: SqlQuery): Promise<pg.QueryArrayResult<unknown[]>> => {
    try {
      return await client.query<unknown[]>({ text: sql, values: args, rowMode: 'array', types })
    } catch (error) {
      throw forEngine(error)
    }
  }
  const adapter: SqlDriverAdapter = {
    ...about,
    async queryRaw(query) {
      const { fields, rows } = await run(query)
      return { columnNames: fields.map((field) => field.name), columnTypes: fields.map(columnType), rows }
    },
    async executeRaw(query) {
      return (await run(query)).rowCount ?? 0
    },
    // One simple query, as Prisma's native engine sends it: PostgreSQL runs the file as one transaction.
    async executeScript(script) {
      try {
        await client.query(scriptFor(major, script))
      } catch (error) {
        onScriptError(script, error)
        throw forEngine(error)
      }
    },
    startTransaction: () => Promise.reject(new Error('The schema engine opens no transactions.')),
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    // The connection is closed by the one who opened it.
    dispose: () => Promise.resolve(),
  }
  return {
    ...about,
    connect: () => Promise.resolve(adapter),
    connectToShadowDb: () => Promise.reject(new Error('Shadow databases are made by diff.ts.')),
  }
}
