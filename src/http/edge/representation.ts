import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'
import type { CacheHint } from '../../platform/cache-hint.ts'
import { PUBLIC_HEADERS } from '../cors.ts'
import { cacheControl } from './cache-policy.ts'
import { entityTag } from './conditional.ts'
import { ENCODINGS, type Encoding, MEDIA_TYPES } from './negotiation.ts'

/** What one public operation answered, whole and without an error. */
export interface Content {
  /** The JSON text. */
  readonly body: Buffer
  readonly tags: readonly string[]
  /** When it was read from the database, in milliseconds. */
  readonly createdAt: number
  /** Of the body. */
  readonly hash: string
}

/** Ready bytes with ready headers: what is sent but for Age and Cache-Status. */
export interface Representation {
  readonly body: Buffer
  /** Names and values in turn, as node:http takes them. */
  readonly headers: readonly string[]
  /** The same for 304, which has no content. */
  readonly headersOf304: readonly string[]
  /** What is added for a hit; the same for all that come in one second. */
  hit?: { readonly age: number; readonly headers: readonly string[] }
}

// Below this the headers are most of the answer, and compression makes it no shorter.
const MIN_COMPRESSED = 1_000

/** The bytes in memory of their own. What libraries give is often a view, and each keeps all of a block of 64 KB alive. */
export function ownBytes(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}

const compress: Readonly<Record<Exclude<Encoding, 'identity'>, (body: Buffer) => Promise<Buffer>>> = {
  gzip: (body) => promisify(gzip)(body, { level: 6 }),
  // Beyond 5 each percent costs twice the time of the one before.
  br: (body) =>
    promisify(brotliCompress)(body, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: 5, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
}

/** The bytes in one encoding (an index into ENCODINGS). */
export async function compressed(body: Buffer, encoding: number): Promise<Buffer> {
  const coding = ENCODINGS[encoding] ?? 'identity'
  return coding === 'identity' ? body : ownBytes(await compress[coding](body))
}

export const contentHash = (body: Buffer): string => hash('sha256', body, 'base64url').slice(0, 27)

/** The encoding that is worth while for these bytes. */
export const usefulEncoding = (body: Buffer, encoding: number): number =>
  body.length < MIN_COMPRESSED ? 0 : encoding

/** The headers of `body`, which is the content in one encoding (indices into MEDIA_TYPES and ENCODINGS). */
export function represent(
  content: Content,
  body: Buffer,
  { mediaType, encoding }: { mediaType: number; encoding: number },
  policy: CacheHint,
  tagHeader: readonly [string, string] | null,
): Representation {
  const coding = ENCODINGS[encoding] ?? 'identity'
  const control = cacheControl(policy)
  const shared = [
    'Cache-Control',
    control,
    // For shared caches alone (RFC 9213). It says the same; a CDN in front can be told otherwise here, browsers not.
    'CDN-Cache-Control',
    control,
    'ETag',
    entityTag(content.hash, mediaType, coding),
    'Vary',
    'Accept, Accept-Encoding',
    ...PUBLIC_HEADERS,
    ...(tagHeader ?? []),
  ]
  return {
    body,
    headersOf304: shared,
    headers: [
      'Content-Type',
      `${MEDIA_TYPES[mediaType]}; charset=utf-8`,
      'Content-Length',
      String(body.length),
      ...(coding === 'identity' ? [] : ['Content-Encoding', coding]),
      'X-Content-Type-Options',
      'nosniff',
      ...shared,
    ],
  }
}
