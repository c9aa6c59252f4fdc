import { Client } from 'pg'

/** The SQL that this process sends to PostgreSQL while `work` runs, which sees it come. Nothing else may use the app meanwhile. */
export async function statementsOf(work: (sent: readonly string[]) => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  const original = Client.prototype.query
  const watched = function (this: Client, ...args: unknown[]): unknown {
    const [first] = args
    statements.push(typeof first === 'string' ? first : String((first as { text?: unknown } | null)?.text))
    return Reflect.apply(original, this, args)
  }
  Client.prototype.query = watched as typeof original
  try {
    await work(statements)
  } finally {
    Client.prototype.query = original
  }
  return statements
}
