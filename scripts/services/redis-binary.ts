import { execFile } from 'node:child_process'
import { access, constants, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, type Log, StartError } from './processes.ts'

const execute = promisify(execFile)

export const redisNames = ['redis-server', 'valkey-server']

/** A service manager or an editor may start us with a short PATH. */
const usualFolders = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin']

async function find(...names: string[]): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...usualFolders].filter(Boolean)
  for (const name of names) {
    for (const folder of folders) {
      const file = join(folder, name)
      const usable = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (usable) return file
    }
  }
}

const installers: [string, string][] = [
  ['apt-get', 'apt-get install redis-server'],
  ['dnf', 'dnf install valkey'],
  ['apk', 'apk add redis'],
  ['pacman', 'pacman -S valkey'],
  ['zypper', 'zypper install redis'],
]

async function adviceAbout(why: string): Promise<StartError> {
  let install = 'install redis-server or valkey-server with the package manager of this system'
  if (await find('brew')) install = 'brew install redis'
  for (const [tool, command] of installers) {
    if (await find(tool)) install = process.getuid?.() === 0 ? command : `sudo ${command}`
  }
  return new StartError(
    [
      `${why} Do one of these, then run npm start again:`,
      `  install it      ${install}`,
      '  use your own    REDIS_URL=redis://host:6379 npm start',
      '  run a container docker run -d -p 127.0.0.1:6379:6379 redis:7-alpine',
      '                  REDIS_URL=redis://127.0.0.1:6379 npm start',
    ].join('\n'),
  )
}

const policy = '/usr/sbin/policy-rc.d'

/** Debian starts a service as soon as it is installed. We only want the program. */
async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  let ours = true
  await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 }).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error
    ours = false
  })
  try {
    await work()
  } finally {
    if (ours) await rm(policy, { force: true })
  }
}

async function installOnDebian(log: Log): Promise<void> {
  const apt = (...args: string[]) =>
    execute('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-q', '-y', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 2 ** 26,
    })
  const install = () => apt('install', '--no-install-recommends', 'redis-server')
  await withoutStartingServices(async () => {
    await install().catch(async () => {
      log('Reading the package lists first (apt-get update)')
      await apt('update')
      await install()
    })
  })
  // It would otherwise come up at the next boot, on a port and without a password.
  const disable = execute('systemctl', ['disable', 'redis-server'])
  await disable.catch(() => {})
}

export async function findRedis(log: Log): Promise<string> {
  const found = await find(...redisNames)
  if (found) return found
  const missing = 'Karcis needs Redis, and there is no redis-server or valkey-server on this machine.'
  if (process.getuid?.() !== 0 || !(await find('apt-get'))) throw await adviceAbout(missing)

  log('Redis is not installed: installing the package redis-server (once)')
  try {
    await installOnDebian(log)
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw await adviceAbout(`${missing}\nInstalling it failed: ${said.trim().split('\n').at(-1)}.`)
  }
  const installed = await find(...redisNames)
  if (installed) return installed
  throw await adviceAbout(missing)
}
