// npm run schema: writes schema.graphql from the code. --check only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { printedSchema } from '../src/schema.ts'

const file = new URL('../schema.graphql', import.meta.url)
const text = printedSchema()
if (!process.argv.includes('--check')) {
  writeFileSync(file, text)
  console.log('Wrote schema.graphql.')
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('schema.graphql is stale. Run: npm run schema')
  process.exit(1)
} else {
  console.log('schema.graphql is up to date.')
}
