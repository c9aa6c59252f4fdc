// How to ask Karcis with nothing but fetch.
import { manifest } from './documents.ts'

export interface Options {
  /** Of an account, from the mutation Login or Register. */
  readonly accessToken?: string
  /** The browser's own, unless a test brings another. */
  readonly fetch?: typeof fetch
}

/** A GraphQL answer: data, errors, or some of both. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what the operation selects.
  readonly data?: any
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
}

/**
 * Runs an operation of persisted-queries/manifest.json by its id. A query goes by GET, so the browser and every cache in
 * between may keep its answer; a mutation goes by POST.
 */
export async function ask(
  server: string,
  name: string,
  variables: object = {},
  options: Options = {},
): Promise<Answer> {
  const operation = manifest.operations.findLast((one) => one.name === name)
  if (!operation) throw new Error(`The manifest has no operation ${name}.`)
  const documentId = `sha256:${operation.id}`
  const send = options.fetch ?? fetch
  const headers = {
    Accept: 'application/graphql-response+json',
    ...(options.accessToken ? { Authorization: `Bearer ${options.accessToken}` } : {}),
  }
  if (operation.type === 'query') {
    const search = new URLSearchParams({ documentId, variables: JSON.stringify(variables) })
    return (await send(`${server}/graphql?${search}`, { headers })).json()
  }
  const response = await send(`${server}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ documentId, variables }),
  })
  return response.json()
}
