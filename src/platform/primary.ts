import type { PrismaClient } from './prisma.ts'

/** Resolves while the database answers and can be written. Throws when it cannot be reached, or is a standby. */
export async function expectPrimary(prisma: PrismaClient): Promise<void> {
  const [server] = await prisma.$queryRaw<{ standby: boolean }[]>`SELECT pg_is_in_recovery() AS standby`
  if (server?.standby) throw new Error('The database server is a standby.')
}
