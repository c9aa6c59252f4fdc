// Our operations through Apollo Client with its persisted query link, fed with our manifest.
import { hash } from 'node:crypto'
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import {
  generatePersistedQueryIdsAtRuntime,
  generatePersistedQueryIdsFromManifest,
} from '@apollo/persisted-query-lists'
import { expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { openBrowser } from './browser.ts'
import { clientSuite, type Outcome } from './client-suite.ts'
import { documentOf, documents, idOf, manifest, possibleTypes } from './documents.ts'

const newCache = () => new InMemoryCache({ possibleTypes })

function connect(server: string, send: typeof fetch, accessToken?: string) {
  return new ApolloClient({
    cache: newCache(),
    link: new PersistedQueryLink({
      ...generatePersistedQueryIdsFromManifest({ loadManifest: () => manifest }),
      useGETForHashedQueries: true,
    }).concat(
      new HttpLink({
        uri: `${server}/graphql`,
        fetch: send,
        headers: accessToken ? { authorization: `Bearer ${accessToken}` } : {},
      }),
    ),
  })
}

/** The codes of what the client hands to its user as GraphQL errors. What it did not understand is thrown. */
function codesOf(error: unknown): string[] {
  if (!error) return []
  if (!CombinedGraphQLErrors.is(error)) throw error
  return error.errors.map(({ extensions }) => String(extensions?.['code']))
}

const outcomeOf = ({ data, error }: { data?: unknown; error?: unknown }): Outcome => ({
  data,
  codes: codesOf(error),
})

// It names the type of a content also where there is none, which no browser may send to another origin unasked.
clientSuite('Apollo Client', { preflight: true }, (server, browser, accessToken) => {
  const client = connect(server, browser.fetch, accessToken)
  return {
    query: async (operation, variables) =>
      outcomeOf(
        await client.query({
          query: documentOf(operation),
          variables: { ...variables },
          fetchPolicy: 'network-only',
          errorPolicy: 'all',
        }),
      ),
    mutate: async (operation, variables) =>
      outcomeOf(
        await client.mutate({
          mutation: documentOf(operation),
          variables: { ...variables },
          errorPolicy: 'all',
        }),
      ),
  }
})

test.each([...documents])('Apollo Client sends %s as the manifest has it', async (_file, document) => {
  const { generateHash } = generatePersistedQueryIdsAtRuntime({ sha256: (text) => hash('sha256', text) })
  expect(await generateHash(newCache().transformDocument(document))).toBe(idOf(document))
})

test('Apollo Client reads from another origin without asking first when it names no type for no content', async () => {
  const app = await startApp({ season: true })
  try {
    const browser = openBrowser()
    const client = connect(app.url, (input, init) => {
      const headers = new Headers(init?.headers)
      if (init?.method === 'GET') headers.delete('content-type')
      return browser.fetch(input, { ...init, headers })
    })
    const { data } = await client.query({ query: documentOf('EventList'), variables: { first: 1 } })
    expect(data).toMatchObject({ events: { edges: [{ node: { __typename: 'Event' } }] } })
    expect(browser.exchanges).toMatchObject([{ method: 'GET', status: 200, preflight: false }])
  } finally {
    await app.close()
  }
})
