import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Binaries, linkLibraries, npmBinaries } from './postgres-binaries.ts'
import { giveTo, type Home, rootsHome } from './postgres-identity.ts'
import { type Log, readOptional, StartError, stopOrphan } from './processes.ts'
import { diesWithUs, freePort, launch, type Service } from './service.ts'

export type Postgres = { port: number; url(database?: string): string; stop(): Promise<void> }

const user = 'karcis'
const passing = /Address already in use|could not create any TCP\/IP sockets|pre-existing shared memory block/

const remedies: [RegExp, string][] = [
  [
    /No space left on device|free disk space/,
    'Free some disk space, or set DATA_DIR to a folder on another disk.',
  ],
  [/shared memory|shm_open/, 'Give this machine more shared memory (docker run --shm-size=256m).'],
  [
    /shared librar|ENOENT/,
    'PostgreSQL from npm needs a Linux with glibc. Set DATABASE_URL to a server of your own.',
  ],
  [/effective user ID/, 'This user is not in /etc/passwd. Start as one who is, or set DATABASE_URL.'],
  [/Permission denied|EACCES/, 'Start as the user who owns this folder, or set DATA_DIR to another one.'],
]

function failure(what: string, said: string, dataDir: string): StartError {
  const remedy = remedies.find(([pattern]) => pattern.test(said))?.[1]
  const otherwise = `Its files are in ${dataDir}. Removing that folder starts afresh and loses its data.`
  return new StartError(`${what}\n${said.replace(/^/gm, '  ')}\n${remedy ?? otherwise}`)
}

async function createCluster({ native, dataDir, prefix, identity }: Home, major: number): Promise<void> {
  const [fresh, passwordFile] = [join(dataDir, 'cluster.new'), join(dataDir, 'password')]
  // Only a finished cluster gets the real name: whoever is killed half-way leaves nothing that looks usable.
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  await Promise.all([giveTo(fresh, identity), giveTo(passwordFile, identity)])
  // The built-in provider sorts alike on every machine, whatever locales the system has. PostgreSQL has it since 17.
  const sorting =
    major >= 17
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--locale=C.UTF-8']
  const locale = ['--encoding=UTF8', ...sorting]
  const access = [`--username=${user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const command = [...prefix, join(native, 'bin', 'initdb'), `--pgdata=${fresh}`, ...access, ...locale]
  const [first = '', ...rest] = command
  try {
    await promisify(execFile)(first, rest, { cwd: '/', ...(prefix.length ? {} : identity) })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    throw failure('PostgreSQL could not create its data.', (said || String(error)).trim(), dataDir)
  }
  await rename(fresh, join(dataDir, 'cluster'))
}

async function becomesReady(service: Service, pidFile: string, log: Log): Promise<boolean> {
  const patience = setTimeout(
    () => log('PostgreSQL is recovering from a crash; this may take a while'),
    10_000,
  )
  try {
    while (!service.ended()) {
      const lines = (await readOptional(pidFile))?.split('\n')
      // Line 8 is what pg_ctl waits for. The number shows that the file is not an earlier server's.
      if (Number(lines?.[0]) === service.pid && lines?.[7]?.trim() === 'ready') return true
      await sleep(15)
    }
    return false
  } finally {
    clearTimeout(patience)
  }
}

export async function startPostgres(options: {
  dataDir: string
  settings?: Record<string, string>
  /** Else those of npm. */
  binaries?: Binaries
  log?: Log
}): Promise<Postgres> {
  const log = options.log ?? (() => {})
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const given = await realpath(options.dataDir)
  const { folder: found, major } = options.binaries ?? (await npmBinaries())
  const home: Home =
    process.getuid?.() === 0
      ? await rootsHome(found, given, log)
      : {
          native: await linkLibraries(found, given),
          dataDir: given,
          prefix: await diesWithUs('SIGINT'),
        }
  const cluster = join(home.dataDir, 'cluster')
  const version = await readOptional(join(cluster, 'PG_VERSION'))
  if (version === undefined) await createCluster(home, major)
  else if (version !== String(major)) {
    throw new StartError(
      `The data in ${cluster} are PostgreSQL ${version}'s and need ${major}. Move them away.`,
    )
  }
  const password = (await readFile(join(home.dataDir, 'password'), 'utf8')).trim()
  const pidFile = join(cluster, 'postmaster.pid')
  await stopOrphan({ pidFile, folder: cluster, names: ['postgres'], signal: 'SIGINT', log })

  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const fixed = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      timezone: 'UTC',
      log_timezone: 'UTC',
    }
    const settings = Object.entries({
      log_checkpoints: 'off',
      ...options.settings,
      ...fixed,
      port: String(port),
    })
    const args = ['-D', cluster, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
    const [command = '', ...rest] = [...home.prefix, join(home.native, 'bin', 'postgres'), ...args]
    const service = await launch({
      name: 'PostgreSQL',
      command,
      args: rest,
      signal: 'SIGINT',
      logFile: join(given, 'postgres.log'),
      log,
      identity: home.prefix.length ? undefined : home.identity,
    })
    if (await becomesReady(service, pidFile, log)) {
      service.watch()
      const url = (database = 'postgres') => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
      return { port, url, stop: service.stop }
    }
    const said = await service.lastWords()
    // Another program was quicker to take the port, or backends of a killed server are still on their way out.
    if (attempt === 5 || !passing.test(said)) throw failure('PostgreSQL did not start.', said, given)
    await sleep(300 * attempt)
  }
}
