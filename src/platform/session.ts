import { Client, DatabaseError, type QueryResult } from 'pg'
import { beginAt } from './begin-once.ts'
import { isConnectionLoss } from './connection-loss.ts'

export interface SessionOptions {
  /** How long one statement may run. */
  readonly statementMs: number
  /** How long a transaction may wait for its next statement. */
  readonly idleMs: number
  /** Whether a standby will do: for reads alone. */
  readonly standby: boolean
  /** Whether statements come with names, to be parsed once. */
  readonly named: boolean
  /** A pooler does not know names, so statements go without. Told once. */
  readonly onNamesRefused: () => void
}

const ISOLATION = /^SET TRANSACTION (ISOLATION LEVEL [A-Z ]+)$/
const DONE = { fields: [], rows: [], rowCount: 0 }
const PROBE = 'karcis_probe'

type Connected = Parameters<Client['connect']>[0]

/** The class of a pool's connections: a pool gives its own settings to the constructor. */
export function sessionClass(options: SessionOptions): new () => Client {
  const { statementMs, idleMs } = options
  const settings = [
    // The adapter takes the server's local time for UTC: in a session of another zone every date would be wrong.
    ['TimeZone', 'UTC'],
    ['statement_timeout', String(statementMs)],
    ['idle_in_transaction_session_timeout', String(idleMs)],
  ]
  const forSession = settings.map(([name, value]) => `set_config('${name}', '${value}', false)`).join(', ')
  const forTransaction = settings.map(([name, value]) => `; SET LOCAL ${name} = '${value}'`).join('')
  /** Whether names reach PostgreSQL as they are, and so meet those of others behind a pooler; null: nobody has looked. */
  let namesPass: boolean | null = null

  /**
   * A connection to PostgreSQL, or to a pooler that lends its own for a transaction (PgBouncer in transaction mode). The first
   * keeps its settings for the session. The second refuses them at its start and would hand them to strangers later, so
   * there each transaction brings them along, and a statement by itself goes as a transaction, all in one packet.
   */
  return class Session extends Client {
    #isPooled = false
    #isOpen = false
    #begins = false
    #isUnfit = false
    #release: ((error?: Error | boolean) => void) | undefined

    constructor(...config: ConstructorParameters<typeof Client>) {
      super(...config)
      const query = (...args: unknown[]): unknown => this.#query(args)
      this.query = query as typeof this.query
      // A session that a standby or a server about to stop has is of no use to the next one, though it can be rolled back.
      this.connection.on('errorMessage', (error: DatabaseError) => {
        if (isConnectionLoss(error, { originalCode: error.code })) this.#isUnfit = true
      })
    }

    // The pool sets it whenever it lends this connection.
    set release(release: (error?: Error | boolean) => void) {
      this.#release = release
    }

    get release(): (error?: Error | boolean) => void {
      return (error) => this.#release?.(error || this.#isUnfit)
    }

    override connect(): Promise<Client>
    override connect(callback: Connected): void
    override connect(callback?: Connected): Promise<Client> | undefined {
      const connected = super.connect().then(() => this.#prepare())
      if (!callback) return connected.then(() => this)
      // The types do not know that it may be called in both ways.
      const done = callback as (error: Error | null) => void
      connected.then(() => done(null), done)
    }

    async #prepare(): Promise<void> {
      // The pool listens only when it has the connection.
      this.on('error', unheard)
      try {
        const { processID: pid } = this as unknown as { processID: number }
        const { rows } = await this.#ask(
          `SELECT pg_is_in_recovery() AS standby, pg_backend_pid() = ${pid} AS direct,
             CASE WHEN pg_backend_pid() = ${pid} THEN concat(${forSession}) END`,
        )
        if (rows[0].standby && !options.standby) throw standbyError()
        // A pooler makes up the process that it tells its clients.
        this.#isPooled = !rows[0].direct
        if (this.#isPooled && options.named) await this.#tryNames()
      } catch (error) {
        this.end().catch(unheard)
        throw error
      } finally {
        this.off('error', unheard)
      }
    }

    /** Finds out whether the pooler gives statements names of its own, which makes ours safe. */
    async #tryNames(): Promise<void> {
      if (namesPass !== null) return
      const text = `SELECT count(*)::int AS known FROM pg_prepared_statements WHERE name = '${PROBE}'`
      await this.#ask('BEGIN')
      const passes = await this.#ask({ name: PROBE, text }).then(
        ({ rows }) => rows[0].known > 0,
        // There already: somebody else's probe was cut off.
        (error) => {
          if (error instanceof DatabaseError) return true
          throw error
        },
      )
      if (passes) await this.#ask(`DEALLOCATE ${PROBE}`).catch(unheard)
      await this.#ask('ROLLBACK')
      if (passes && namesPass === null) options.onNamesRefused()
      namesPass ??= passes
    }

    #query(args: unknown[]): unknown {
      const text = textOf(args[0])
      // Prisma begins a transaction with two statements, and each is a way there and back while a hot row waits.
      if (text === 'BEGIN') {
        this.#begins = true
        return Promise.resolve(DONE)
      }
      if (!this.#begins) return this.#isPooled ? this.#lent(text, args) : this.#send(...args)
      this.#begins = false
      const isolation = ISOLATION.exec(text)?.[1]
      if (isolation) return this.#query([beginAt(isolation)])
      const begun = this.#isPooled ? this.#lent('BEGIN', ['BEGIN']) : this.#send('BEGIN')
      return Promise.resolve(begun).then(() => this.#query(args))
    }

    /** Over a connection that is ours for one transaction. */
    #lent(text: string, [query, ...rest]: unknown[]): unknown {
      if (/^BEGIN\b/.test(text)) {
        this.#isOpen = true
        return this.#send(text.replace(/^BEGIN[^;]*/, `$&${forTransaction}`), ...rest)
      }
      const plain = namesPass && typeof query === 'object' ? { ...query, name: undefined } : query
      if (!this.#isOpen) return this.#alone(plain, rest)
      if (text === 'COMMIT' || text === 'ROLLBACK') this.#isOpen = false
      return this.#send(plain, ...rest)
    }

    /** A statement outside a transaction. It has taken effect when COMMIT is answered. */
    #alone(query: unknown, rest: unknown[]): unknown {
      const [values, callback] = typeof rest[0] === 'function' ? [undefined, rest[0]] : rest
      const { stream } = this.connection
      stream.cork()
      const sent = [
        this.#ask(`BEGIN${forTransaction}`),
        this.#ask(query, values),
        this.#ask('COMMIT'),
      ] as const
      stream.uncork()
      const answer = Promise.allSettled(sent).then(async () => {
        await sent[0]
        const result = await sent[1]
        if ((await sent[2]).command !== 'COMMIT') throw new Error('The statement was rolled back.')
        return result
      })
      if (typeof callback !== 'function') return answer
      answer.then(
        (result) => callback(null, result),
        (error) => callback(error),
      )
    }

    #ask(...args: unknown[]): Promise<QueryResult> {
      return this.#send(...args) as Promise<QueryResult>
    }

    // Looked up each time: who counts statements replaces it.
    #send(...args: unknown[]): unknown {
      return Reflect.apply(Client.prototype.query, this, args)
    }
  }
}

/** As PostgreSQL would say it of a write. */
const standbyError = (): DatabaseError =>
  Object.assign(new DatabaseError('The database server is a standby.', 0, 'error'), {
    code: '25006',
    severity: 'FATAL',
  })

const textOf = (query: unknown): string =>
  typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : String(query)

const unheard = (): void => undefined
