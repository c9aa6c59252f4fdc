import type { IncomingMessage } from 'node:http'

/** The largest document and variables that any client of ours sends are a tenth of this. */
const MAX_BODY_BYTES = 256 * 1024

/** The whole body, or null when it is larger than allowed: then reading stops at the limit. */
export function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve(null)
  // By events: an iterator costs as much as all else that is done to a small body.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        request.pause()
        resolve(null)
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.on('error', reject)
    // A client that leaves in the middle may raise no error. To make one for each request would cost what reading it does.
    request.on('close', () => {
      if (!request.complete) reject(new Error('The request ended before its body did.'))
    })
  })
}
