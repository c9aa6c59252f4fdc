import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Where to listen, and the setting that says so. */
export interface Address {
  readonly port: number
  readonly host: string
  readonly setting: 'PORT' | 'WORKER_PORT'
}

/** Why nobody can listen there and what to do about it, in one line. */
export class CannotListen extends Error {}

/** Listens, and gives the port: with 0 the system has chosen one. Throws `CannotListen`. */
export async function listen(server: Server, address: Address, backlog?: number): Promise<number> {
  const { port, host } = address
  // An error of the server, or its `listening`.
  const listening = once(server, 'listening')
  server.listen({ port, host, ...(backlog ? { backlog } : {}) })
  try {
    await listening
  } catch (error) {
    throw refusal(error, address)
  }
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : port
}

/** Before anything else is begun: throws `CannotListen` where `listen` would. */
export async function expectFree(address: Address): Promise<void> {
  const server = createServer()
  await listen(server, address)
  await new Promise((resolve) => server.close(resolve))
}

function refusal(error: unknown, { port, host, setting }: Address): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return new CannotListen(
        `Port ${port} is in use. Stop what listens there, or set ${setting} to another one: ${setting}=${port + 1}`,
      )
    case 'EACCES':
      return new CannotListen(`Port ${port} is not for this user. Set ${setting} to one above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CannotListen(`HOST: ${host} is no address of this machine.`)
    default:
      return error
  }
}
