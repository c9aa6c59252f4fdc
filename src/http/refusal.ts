import type { Reply } from './routes/route.ts'

/** A refusal in GraphQL's own shape, for what is refused before GraphQL sees it. */
export const graphqlRefusal = (status: number, code: string, message: string): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  body: JSON.stringify({ errors: [{ message, extensions: { code } }] }),
})
