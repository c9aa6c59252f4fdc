import { defineConfig } from 'prisma/config'

// Only `npx prisma studio` and `prisma generate` read this. Migrations are applied by scripts/migrate.ts, offline.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations', seed: 'node prisma/seed.ts' },
  ...(process.env['DATABASE_URL'] ? { datasource: { url: process.env['DATABASE_URL'] } } : {}),
})
