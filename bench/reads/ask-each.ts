import { type Connection, open } from '../connection.ts'
import { at } from './addresses.ts'
import type { Contestant } from './contestants.ts'
import { CONNECTIONS, requestOf } from './plain-reader.ts'

type Asked = Pick<Contestant, 'server' | 'address' | 'headers'>

/** Asks for the addresses number from to from + count − 1 once each, and gives the last body. */
export async function askEach(
  { server, address, headers }: Asked,
  from: number,
  count: number,
): Promise<Buffer> {
  const { port } = server
  let next = from
  let last: Buffer = Buffer.alloc(0)
  const askOn = async (connection: Connection) => {
    while (next < from + count) {
      last = await connection.ask(requestOf({ port, headers }, at(address, next++)))
    }
    connection.close()
  }
  const size = Math.min(CONNECTIONS, count)
  const connections = await Promise.all(Array.from({ length: size }, () => open(port)))
  await Promise.all(connections.map(askOn))
  return last
}
