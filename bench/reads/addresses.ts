// The addresses of the event list, as each server's clients write them.
import { documentIdOf } from '../operations.ts'

/** Stands in an address where each request has a moment of its own, which makes it a question nobody asked before. */
export const TIME = '{time}'

const documentId = documentIdOf('EventList')
const hash = documentId.slice('sha256:'.length)
// Every event of the season starts later than any of these moments, so all questions have one answer.
const YEAR_2000 = Date.UTC(2000)

const addressOf = (parameters: Record<string, string>) =>
  `/graphql?${new URLSearchParams(parameters)}`.replace(encodeURIComponent(TIME), TIME)

/** Apollo's convention, which its own server and Yoga follow. */
const persistedQuery = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } })

const dialects = {
  documentId: { documentId },
  persistedQuery: { extensions: persistedQuery },
  mercurius: { persisted: 'true', query: hash },
} as const

export type Dialect = keyof typeof dialects

/** The first `first` events. */
export const eventList = (dialect: Dialect, first = 20) =>
  addressOf({ ...dialects[dialect], variables: JSON.stringify({ first }) })

/** The same from a moment on, which `at` fills in. */
export const eventListSince = (dialect: Dialect, first = 20) =>
  addressOf({ ...dialects[dialect], variables: JSON.stringify({ first, filter: { startsAfter: TIME } }) })

/** The address number n, from 0 to 86,399,999. wrk.lua does the same. */
export const at = (address: string, n: number) =>
  address.replace(TIME, encodeURIComponent(new Date(YEAR_2000 + n).toISOString()))
