// The reader without wrk: reads what to ask from stdin and prints what it saw, both as JSON.
import { text } from 'node:stream/consumers'
import { open } from '../connection.ts'
import { crowd } from '../crowd.ts'
import { at } from './addresses.ts'

export interface Reading {
  readonly port: number
  /** Of addresses.ts. */
  readonly address: string
  /** Asks for the addresses number from to from + count − 1, in turn. */
  readonly from: number
  readonly count: number
  readonly seconds: number
  /** Lines beside Host and Accept. */
  readonly headers: readonly string[]
}

/** That each reader keeps, one request at a time on each. */
export const CONNECTIONS = 64

export const readerFile = 'reads/plain-reader.ts'

/** A whole request. */
export const requestOf = ({ port, headers }: Pick<Reading, 'port' | 'headers'>, path: string) =>
  Buffer.from(
    [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Accept: application/json', ...headers, '\r\n'].join(
      '\r\n',
    ),
  )

if (import.meta.main) {
  const reading: Reading = JSON.parse(await text(process.stdin))
  const { port, address, from, count, seconds } = reading
  setTimeout(() => process.exit(1), (seconds + 15) * 1_000).unref()
  const requests = Array.from({ length: count }, (_, index) => requestOf(reading, at(address, from + index)))
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)))
  let turn = 0
  const pace = await crowd(CONNECTIONS, seconds, async (client) => {
    turn = (turn + 1) % count
    await connections[client]?.ask(requests[turn] ?? '')
  })
  for (const connection of connections) connection.close()
  console.log(JSON.stringify(pace))
}
