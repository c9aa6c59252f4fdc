// A Redis of a test's own, at an address that stays, so that it can be killed, started again and frozen.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { answersOrEnds } from '../../scripts/services/redis.ts'
import { findRedis } from '../../scripts/services/redis-binary.ts'
import { diesWithUs, freePort, launch, type Service } from '../../scripts/services/service.ts'

export interface PrivateRedis {
  readonly port: number
  readonly url: string
  /** A connection of the test's own, which waits until the server is there. */
  readonly client: Redis
  /** Starts it on what it had written to disk. */
  start(): Promise<void>
  /** As the kernel does when memory runs out. */
  kill(): Promise<void>
  /** From now on it takes connections and commands, and answers nothing. */
  freeze(): void
  thaw(): void
  /** For good. */
  stop(): Promise<void>
}

/** Starts one that writes all to disk; `settings` are lines of redis.conf, as arguments. */
export async function privateRedis(...settings: string[]): Promise<PrivateRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'karcis-redis-'))
  const port = await freePort()
  const binary = await findRedis(() => undefined)
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings]
  const log = ['--appendonly', 'yes', '--appendfsync', 'always']
  const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 30 })
  client.on('error', () => undefined)
  let service: Service | null = null

  const signal = (name: NodeJS.Signals) => {
    if (service?.pid) process.kill(service.pid, name)
  }
  const redis: PrivateRedis = {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    client,
    async start() {
      const [command = '', ...args] = [...(await diesWithUs('SIGTERM')), binary, ...own, ...log]
      service = await launch({
        name: 'Redis',
        command,
        args,
        signal: 'SIGTERM',
        logFile: join(folder, 'log'),
        log: () => undefined,
      })
      if (await answersOrEnds(client, service)) return
      client.disconnect()
      throw new Error(`Redis did not start.\n${await service.lastWords()}`)
    },
    async kill() {
      signal('SIGKILL')
      await service?.stop()
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async stop() {
      client.disconnect()
      await redis.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await redis.start()
  return redis
}
