// HTTP as it is on the wire: bytes before they are decoded, and requests that no client library would send.
import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { MANIFEST } from '../../src/http/edge/persisted-operations.ts'
import type { TestApp } from './app.ts'

type Served = Pick<TestApp, 'url'>

export interface Wire {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

const manifest: { operations: { id: string; name: string }[] } = JSON.parse(readFileSync(MANIFEST, 'utf8'))

/** The hash of the newest operation of this name. */
export function hashOf(name: string): string {
  const found = manifest.operations.findLast((operation) => operation.name === name)
  if (!found) throw new Error(`There is no persisted operation ${name}.`)
  return found.id
}

/** The path and query that ask for an operation by GET. */
export const addressOf = (operation: string, variables: object = {}, more: Record<string, string> = {}) =>
  `/graphql?${new URLSearchParams({
    documentId: `sha256:${hashOf(operation)}`,
    variables: JSON.stringify(variables),
    ...more,
  })}`

/** Sends a request with these headers and no others, but for Host. */
export const ask = (
  { url }: Served,
  path: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: object; body?: string } = {},
): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const sent = request(
      { hostname, port, path, method, headers: { ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes: Buffer.concat(chunks),
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })

/** The JSON of an answer in whatever encoding it says it has. */
export function jsonOf({ headers, bytes }: Wire) {
  const encoding = headers['content-encoding']
  const text =
    encoding === 'gzip' ? gunzipSync(bytes) : encoding === 'br' ? brotliDecompressSync(bytes) : bytes
  return JSON.parse(text.toString())
}

/** Writes this to the server, character by character as it stands, and gives all that comes until it closes. */
export const speak = ({ url }: Served, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text, 'latin1'))
    let heard = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      heard += String(chunk)
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(heard))
  })

/** The value of a metric without labels. */
export async function metric(app: Served, name: string): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** How many answers the process keeps. */
export const entriesOf = (app: Served): Promise<number> => metric(app, 'karcis_edge_cache_entries')
