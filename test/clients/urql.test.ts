// Our operations through urql with its persisted exchange. It hashes the document by itself, and finds our ids.
import { hash } from 'node:crypto'
import {
  type AnyVariables,
  Client,
  cacheExchange,
  createRequest,
  fetchExchange,
  formatDocument,
  type OperationResult,
  stringifyDocument,
} from '@urql/core'
import { persistedExchange } from '@urql/exchange-persisted'
import { expect, test } from 'vitest'
import { clientSuite, type Outcome } from './client-suite.ts'
import { documentOf, documents, idOf } from './documents.ts'

/** The errors of a GraphQL answer. Any other, such as one of HTTP, is thrown. */
function outcomeOf({ data, error }: OperationResult<unknown, AnyVariables>): Outcome {
  if (error?.networkError) throw error.networkError
  return { data, codes: (error?.graphQLErrors ?? []).map(({ extensions }) => String(extensions['code'])) }
}

clientSuite('urql', { preflight: false }, (server, browser, accessToken) => {
  const client = new Client({
    url: `${server}/graphql`,
    fetch: browser.fetch,
    fetchOptions: accessToken ? { headers: { authorization: `Bearer ${accessToken}` } } : {},
    requestPolicy: 'network-only',
    exchanges: [
      cacheExchange,
      persistedExchange({
        enforcePersistedQueries: true,
        enableForMutation: true,
        preferGetForPersistedQueries: true,
      }),
      fetchExchange,
    ],
  })
  return {
    query: async (operation, variables) =>
      outcomeOf(await client.query<unknown>(documentOf(operation), variables).toPromise()),
    mutate: async (operation, variables) =>
      outcomeOf(await client.mutation<unknown>(documentOf(operation), variables).toPromise()),
  }
})

test.each([...documents])('urql sends %s as the manifest has it', (_file, document) => {
  // What its cache adds __typename to, and its exchange hashes.
  const { query } = createRequest(document, {})
  expect(hash('sha256', stringifyDocument(formatDocument(query)))).toBe(idOf(document))
})
