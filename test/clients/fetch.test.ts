// Our operations through nothing but fetch.
import { clientSuite } from './client-suite.ts'
import { type Answer, ask } from './plain-fetch.ts'

const outcomeOf = ({ data, errors = [] }: Answer) => ({
  data,
  codes: errors.map(({ extensions }) => extensions.code),
})

clientSuite('plain fetch', { preflight: false }, (server, browser, accessToken) => {
  const run = async (operation: string, variables: object) =>
    outcomeOf(await ask(server, operation, variables, { accessToken, fetch: browser.fetch }))
  return { query: run, mutate: run }
})
