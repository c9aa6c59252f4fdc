import type { IncomingMessage } from 'node:http'

/** The largest document and variables that any client of ours sends are a tenth of this. */
const MAX_BODY_BYTES = 256 * 1024

/** The whole body, or null when it is larger than allowed: then reading stops at the limit. */
export async function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
