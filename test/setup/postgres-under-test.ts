// Which PostgreSQL the tests run on: npm's, or by TEST_POSTGRES=15 the one of Debian's package of that version.
import { dirname } from 'node:path'
import { findProgram } from '../../scripts/services/debian-programs.ts'
import { type Postgres, startPostgres } from '../../scripts/services/postgres.ts'
import type { Binaries } from '../../scripts/services/postgres-binaries.ts'

export async function debianPostgres(major: number): Promise<Binaries> {
  const file = `/usr/lib/postgresql/${major}/bin/postgres`
  const program = await findProgram({ files: [file], packages: [`postgresql-${major}`] })
  return { folder: dirname(dirname(program)), major }
}

export async function startTestPostgres(options: {
  dataDir: string
  settings: Record<string, string>
}): Promise<Postgres> {
  const { TEST_POSTGRES } = process.env
  return startPostgres(
    TEST_POSTGRES ? { ...options, binaries: await debianPostgres(Number(TEST_POSTGRES)) } : options,
  )
}
