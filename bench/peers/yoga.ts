// graphql-yoga with persisted operations, as its documentation sets them up; RESPONSE_CACHE=on adds its response cache.
import { createServer } from 'node:http'
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { useResponseCache } from '@graphql-yoga/plugin-response-cache'
import { createSchema, createYoga } from 'graphql-yoga'
import { resolvers, typeDefs } from './event-list.ts'
import { document, hash } from './persisted.ts'

const cached = process.env['RESPONSE_CACHE'] === 'on'
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  logging: false,
  graphiql: false,
  landingPage: false,
  cors: false,
  batching: false,
  multipart: false,
  plugins: [
    usePersistedOperations({
      getPersistedOperation: (asked) => (asked === hash ? document : null),
      skipDocumentValidation: true,
    }),
    // Everybody gets the same answer, and it lives longer than the bench.
    ...(cached ? [useResponseCache({ session: () => null, ttl: 3_600_000 })] : []),
  ],
})
const server = createServer(yoga)
server.keepAliveTimeout = 65_000
server.listen(Number(process.env['PORT']), '127.0.0.1')
