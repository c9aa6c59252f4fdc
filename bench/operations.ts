import { readFileSync } from 'node:fs'

/** The documentId of a persisted operation. */
export function documentIdOf(name: string): string {
  const manifest: { operations: { id: string; name: string }[] } = JSON.parse(
    readFileSync(new URL('../persisted-queries/manifest.json', import.meta.url), 'utf8'),
  )
  const found = manifest.operations.findLast((operation) => operation.name === name)
  if (!found) throw new Error(`There is no persisted operation ${name}.`)
  return `sha256:${found.id}`
}
