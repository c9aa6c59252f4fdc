// Transactions without Prisma, for the order writer: it begins one for each batch, and what Prisma does around
// the statements costs the process more than the statements do (docs/decisions/0005-order-writer.md).
import type { Pool, PoolClient, QueryResult } from 'pg'
import { types } from 'pg'
import { beginAt } from './begin-once.ts'
import { Prisma } from './prisma.ts'
import type { Sql } from './sql.ts'

/** What a transaction came to. Its last statement is sent with COMMIT right behind it; null where there is none. */
export interface Written<T> {
  readonly value: T
  readonly last: Prisma.Sql | null
}

/** What is asked for before a snapshot is taken: a lock. */
export interface First {
  readonly statement: string
  /** Whether the work begins when it is had. Else its first statement comes right behind. */
  readonly isAwaited: boolean
  /** When this resolves first, the work does not wait any longer: its first statement is there when the lock is had. */
  readonly unless?: Promise<void>
}

export interface TransactOptions {
  /** As SQL writes it after BEGIN. */
  readonly isolation: string
  readonly first: First | null
  /**
   * COMMIT has left. What is begun with `behind` before this returns, one transaction at most, comes right behind it on the
   * same connection: PostgreSQL has it when it is done here, and waits for nobody. Whether this one commits or not is
   * nothing to that one.
   */
  readonly committing?: (behind: Transact) => void
}

/** Runs `work` in one transaction, once. */
export type Transact = <T>(work: (tx: Sql) => Promise<Written<T>>, options: TransactOptions) => Promise<T>

// As Prisma reads them: money is bigint.
const readers = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === types.builtins.INT8 ? BigInt : types.getTypeParser(oid, format),
}

/** On connections that send a statement without waiting for the one before it (`pipeline`). */
export function createTransact(pool: Pool, nameOf: (text: string) => string): Transact {
  const transact: Transact = async (work, options) => {
    const client = await pool.connect()
    client.on('error', unheard)
    return on(client, work, options)
  }

  /** The last transaction on a connection gives it back. */
  async function on<T>(
    client: PoolClient,
    work: (tx: Sql) => Promise<Written<T>>,
    { committing, ...options }: TransactOptions,
  ): Promise<T> {
    let isLast = true
    let intact = false
    function offer(): void {
      let mayFollow = true
      committing?.((next, nextOptions) => {
        if (!mayFollow) return transact(next, nextOptions)
        mayFollow = false
        isLast = false
        return on(client, next, nextOptions)
      })
      mayFollow = false
    }
    try {
      const value = await run(client, nameOf, work, options, offer)
      intact = true
      return value
    } catch (error) {
      // Before another one, COMMIT has ended this one in any case.
      if (isLast) intact = await rolledBack(client)
      throw error
    } finally {
      if (isLast) {
        client.off('error', unheard)
        client.release(!intact)
      }
    }
  }

  return transact
}

async function run<T>(
  client: PoolClient,
  nameOf: (text: string) => string,
  work: (tx: Sql) => Promise<Written<T>>,
  { isolation, first }: Omit<TransactOptions, 'committing'>,
  committing: () => void,
): Promise<T> {
  let isOver = false
  const { stream } = client.connection
  stream.cork()
  const begin = beginAt(isolation)
  const begun = client.query(first ? `${begin}; ${first.statement}` : begin)
  // Of a failure whoever asks next hears.
  begun.catch(unheard)
  if (first?.isAwaited) {
    // A turn may be long in coming, and whoever comes meanwhile is to be part of the work.
    stream.uncork()
    await Promise.race([begun, ...(first.unless ? [first.unless] : [])])
    stream.cork()
  }

  // BEGIN leaves with what is asked first, and COMMIT with what is written last: each packet wakes somebody up.
  const leave = () => {
    if (stream.writableCorked > 0) stream.uncork()
  }
  const send = ({ text, values }: Prisma.Sql): Promise<QueryResult> => {
    const answer = client.query({ name: nameOf(text), text, values, types: readers })
    // More than one is under way: what fails second must not go unheard.
    answer.catch(unheard)
    return answer
  }

  async function ask(text: TemplateStringsArray | Prisma.Sql, values: unknown[]): Promise<QueryResult> {
    if (isOver) throw new Error('The transaction is over.')
    const answer = send('raw' in text ? Prisma.sql(text, ...values) : text)
    leave()
    await begun
    return answer
  }

  const working = work({
    $queryRaw: async <Rows>(text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) =>
      (await ask(text, values)).rows as Rows,
    $executeRaw: async (text, ...values) => (await ask(text, values)).rowCount ?? 0,
  })
  leave()
  const { value, last } = await working
  isOver = true
  stream.cork()
  const written = last ? send(last) : null
  const committed = client.query('COMMIT')
  stream.uncork()
  committed.catch(unheard)
  committing()
  await begun
  // Where it failed PostgreSQL answers COMMIT with ROLLBACK, which does not say why.
  await written
  const { command } = await committed
  if (command !== 'COMMIT') throw new Error('The transaction was rolled back.')
  return value
}

/** Whether the connection is good for the next transaction. */
const rolledBack = (client: PoolClient): Promise<boolean> =>
  client.query('ROLLBACK').then(
    () => true,
    () => false,
  )

const unheard = (): void => undefined
