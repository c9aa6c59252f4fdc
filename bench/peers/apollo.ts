// Apollo Server with its response cache, cache control and persisted queries. On node:http by the call that its
// documentation gives to authors of integrations: quicker than its standalone server, which adds CORS and a body parser.
import { createServer } from 'node:http'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl'
import responseCache from '@apollo/server-plugin-response-cache'
import { resolvers, typeDefs } from './event-list.ts'
import { document, hash } from './persisted.ts'

const apollo = new ApolloServer({
  typeDefs,
  resolvers,
  introspection: false,
  // Lives longer than the bench.
  plugins: [ApolloServerPluginCacheControl({ defaultMaxAge: 3_600 }), responseCache()],
})
await apollo.start()
// What a client does once for all others: it sends the document with its hash.
await apollo.executeOperation({
  query: document,
  extensions: { persistedQuery: { version: 1, sha256Hash: hash } },
})

const server = createServer(async (request, response) => {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value))
  const search = request.url?.slice(request.url.indexOf('?')) ?? ''
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method ?? 'GET', headers, search, body: '' },
    context: async () => ({}),
  })
  response.statusCode = answer.status ?? 200
  for (const [name, value] of answer.headers) response.setHeader(name, value)
  response.end(answer.body.kind === 'complete' ? answer.body.string : '')
})
server.keepAliveTimeout = 65_000
server.listen(Number(process.env['PORT']), '127.0.0.1')
