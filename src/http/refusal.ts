import { MEDIA_TYPES, mediaTypeFor } from './edge/negotiation.ts'
import type { Reply } from './routes/route.ts'

/** A refusal in GraphQL's own shape, for what is refused before GraphQL sees it. */
export const graphqlRefusal = (status: number, code: string, message: string): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  body: JSON.stringify({ errors: [{ message, extensions: { code } }] }),
})

/**
 * The same refusal in the media type that its reader would get an answer in. Clients read no GraphQL errors out of a 4xx
 * that is application/json, since any proxy may have written it (GraphQL over HTTP, "application/json").
 */
export const readableTo = (accept: string | undefined, reply: Reply): Reply => ({
  ...reply,
  headers: {
    ...reply.headers,
    'Content-Type': `${MEDIA_TYPES[mediaTypeFor(accept)] ?? MEDIA_TYPES[0]}; charset=utf-8`,
  },
})
