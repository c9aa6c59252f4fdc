import type { Prisma } from './prisma.ts'

/** Where raw statements are sent: Prisma's client, a transaction of it, or one of `transact.ts`. */
export interface Sql {
  $queryRaw<Rows = unknown>(text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>
  /** Resolves with the number of rows. */
  $executeRaw(text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>
}
