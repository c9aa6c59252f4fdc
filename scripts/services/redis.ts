import { randomBytes } from 'node:crypto'
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Log, StartError, stopOrphan } from './processes.ts'
import { findRedis, redisNames } from './redis-binary.ts'
import { diesWithUs, freePort, launch, type Service } from './service.ts'

export type PrivateRedis = { url: string; stop(): Promise<void> }

// redis.conf unescapes quoted strings much as JSON does.
const quoted = (text: string) => JSON.stringify(text)

async function writeConfig(
  file: string,
  dataDir: string,
  { port, password, databases }: { port: number; password: string; databases: number },
): Promise<void> {
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${quoted(dataDir)}`,
    `pidfile ${quoted(join(dataDir, 'redis.pid'))}`,
    'daemonize no',
    `databases ${databases}`,
    'appendonly yes',
    'save ""',
    // A queue that loses its oldest keys under pressure is worse than one that refuses new ones.
    'maxmemory-policy noeviction',
  ]
  await rm(file, { force: true })
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
}

/** Waits for its first answer while it loads its log, however long that takes; false when it ends instead. */
export async function answersOrEnds(client: Redis, service: Service): Promise<boolean> {
  let answered = null as boolean | null
  client.ping().then(
    () => (answered = true),
    () => (answered = false),
  )
  while (answered === null && !service.ended()) await sleep(15)
  return answered === true
}

async function becomesReady(service: Service, port: number, password: string): Promise<boolean> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    password,
    retryStrategy: () => 30,
    maxRetriesPerRequest: null,
  })
  // Refused connections are what waiting looks like here; an 'error' without a listener would be printed.
  client.on('error', () => {})
  try {
    return await answersOrEnds(client, service)
  } finally {
    client.disconnect()
  }
}

function failure(said: string, dataDir: string): StartError {
  const full = /No space left on device/.test(said)
  const remedy = full
    ? 'Free some disk space, or set DATA_DIR to a folder on another disk.'
    : `If its files are damaged, remove ${dataDir}: jobs and caches in it are made again from the database.`
  return new StartError(`Redis did not start.\n${said.replace(/^/gm, '  ')}\n${remedy}`)
}

export async function startRedis(options: {
  dataDir: string
  databases?: number
  log?: Log
}): Promise<PrivateRedis> {
  const log = options.log ?? (() => {})
  const binary = await findRedis(log)
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(options.dataDir)
  const pidFile = join(dataDir, 'redis.pid')
  await stopOrphan({ pidFile, folder: dataDir, names: redisNames, signal: 'SIGTERM', log })

  const configFile = join(dataDir, 'redis.conf')
  const password = randomBytes(24).toString('base64url')
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    await writeConfig(configFile, dataDir, { port, password, databases: options.databases ?? 16 })
    const [command = '', ...args] = [...(await diesWithUs('SIGTERM')), binary, configFile]
    const logFile = join(dataDir, 'redis.log')
    const service = await launch({ name: 'Redis', command, args, signal: 'SIGTERM', logFile, log })
    if (await becomesReady(service, port, password)) {
      service.watch()
      return { url: `redis://:${password}@127.0.0.1:${port}/0`, stop: service.stop }
    }
    const said = await service.lastWords()
    if (attempt === 5 || !/Address already in use/.test(said)) throw failure(said, dataDir)
    await sleep(100 * attempt)
  }
}
