// The one operation that the bench asks for, by the id that our manifest gives it.
import { readFileSync } from 'node:fs'

const manifest: { operations: { id: string; name: string; body: string }[] } = JSON.parse(
  readFileSync(new URL('../../persisted-queries/manifest.json', import.meta.url), 'utf8'),
)
const eventList = manifest.operations.findLast(({ name }) => name === 'EventList')
if (!eventList) throw new Error('There is no persisted operation EventList.')

/** SHA-256 of the document, in hexadecimal. */
export const hash = eventList.id
export const document = eventList.body
