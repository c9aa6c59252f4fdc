// npm run seed. `npm start` seeds a new database by itself.
import { basename } from 'node:path'
import { loadConfig } from '../src/config.ts'
import { hashPassword } from '../src/modules/accounts/passwords.ts'
import { issueTickets } from '../src/modules/tickets/issue-tickets.ts'
import { openDatabase } from '../src/platform/prisma.ts'
import { createLog } from '../src/platform/telemetry.ts'
import { type Seeded, seed } from './season/seed.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Seeds a database that has no organizer. `variables` has the secret that tickets are signed with. */
export async function seedOnce(databaseUrl: string, variables: Variables = process.env): Promise<Seeded> {
  if (variables.NODE_ENV === 'production') {
    throw new Error('The season is for development: its accounts have a password that everyone can read.')
  }
  // A configuration names a Redis; the season needs none.
  const settings = loadConfig({ REDIS_URL: 'redis://localhost', ...variables, DATABASE_URL: databaseUrl })
  const database = openDatabase({ url: databaseUrl, poolSize: 2, log: createLog('warn') })
  try {
    return await seed({
      prisma: database.prisma,
      now: new Date(),
      hashPassword,
      issueTickets: async (tx, orderId, paidAt) => {
        await issueTickets({ settings, clock: { now: () => paidAt } }, tx, [orderId])
      },
    })
  } finally {
    await database.close()
  }
}

async function main(): Promise<void> {
  await import('../scripts/dot-env.ts')
  if (process.env.NODE_ENV === 'production') await seedOnce(process.env.DATABASE_URL ?? '')
  const { developmentEnvironment } = await import('../scripts/services/environment.ts')
  const { env, stop } = await developmentEnvironment(process.env)
  try {
    const seeded = await seedOnce(env.DATABASE_URL ?? '', env)
    console.log(seeded === 'seeded' ? 'Season seeded.' : 'There are organizers already: nothing was seeded.')
  } finally {
    await stop()
  }
}

if (basename(process.argv[1] ?? '') === 'seed.ts') {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
