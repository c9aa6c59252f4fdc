// Programs that Debian packages and npm does not. What is missing and may be installed is; what may not is left out.
import { execFile } from 'node:child_process'
import { access, constants, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
// Servers stand where a user's PATH does not look.
const usual = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']
const packages = { wrk: ['wrk'], nginx: ['nginx'], varnishd: ['varnish', 'varnish-modules'] } as const

export type Program = keyof typeof packages

async function find(name: string): Promise<string | null> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...usual]) {
    const file = join(folder, name)
    if (
      folder &&
      (await access(file, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return file
  }
  return null
}

/** Where a program is, installed if need be; null, with a line that says why, when it is not to be had. */
export async function programFor(name: Program, progress: (line: string) => void): Promise<string | null> {
  const found = await find(name)
  if (found) return found
  const wanted = packages[name]
  const apt = await find('apt-get')
  const command = `apt-get install ${wanted.join(' ')}`
  if (!apt || process.getuid?.() !== 0) {
    progress(
      `There is no ${name} on this machine. To have it measured: ${apt ? `sudo ${command}` : `install ${name}`}`,
    )
    return null
  }
  progress(`Installing ${wanted.join(' and ')} (once)`)
  const problem = await install(apt, wanted).catch((error: unknown) => error)
  if (problem) progress(`${command} failed: ${String(problem).trim().split('\n').at(-1)}`)
  return find(name)
}

async function install(apt: string, wanted: readonly string[]): Promise<void> {
  const call = (...args: string[]) =>
    run(apt, ['-o', 'DPkg::Lock::Timeout=120', '-q', '-y', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 2 ** 26,
    })
  // Debian starts a service as soon as it is installed, unless this says no.
  const policy = '/usr/sbin/policy-rc.d'
  const ours = await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 }).then(
    () => true,
    () => false,
  )
  try {
    const once = () => call('install', '--no-install-recommends', ...wanted)
    await once().catch(async () => {
      await call('update')
      await once()
    })
  } finally {
    if (ours) await rm(policy, { force: true })
  }
}
