import type { PrismaClient } from '../../src/platform/prisma.ts'

/** An effect that can be counted and, as that of every handler, does not happen twice. */
export const nameOrganizer = (prisma: PrismaClient, jobId: string): Promise<number> =>
  prisma.$executeRaw`
    INSERT INTO organizer (id, slug, name) VALUES (${jobId}::uuid, ${jobId}, 'Panggung Kita') ON CONFLICT (id) DO NOTHING`
