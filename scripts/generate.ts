// Generates the Prisma client and the Pothos types into src/generated. Runs after every install.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const prisma = fileURLToPath(import.meta.resolve('prisma/build/index.js'))
const binaries = fileURLToPath(new URL('../node_modules/.bin', import.meta.url))
const run = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
  encoding: 'utf8',
  // Prisma would download a schema engine that generating does not use. Naming any existing file stops it.
  env: {
    ...process.env,
    PATH: `${binaries}:${process.env['PATH'] ?? ''}`,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  },
})
if (run.status !== 0) {
  console.error(run.stdout, run.stderr)
  console.error(
    'The Prisma client could not be generated. Mend prisma/schema.prisma, then run: npm run generate',
  )
  process.exit(1)
}
console.log('Generated src/generated/prisma and src/generated/pothos-types.ts.')
