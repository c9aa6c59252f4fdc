// Programs that come from Debian's packages, for tests and pictures; the server needs none of them.
import { execFile } from 'node:child_process'
import { access, constants, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export interface Program {
  /** Where it may be. */
  readonly files: readonly string[]
  readonly packages: readonly string[]
}

const isThere = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  )

async function firstOf(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) if (await isThere(file)) return file
  return undefined
}

/**
 * The program's path. As root on Debian it installs `wanted` when the program is missing, and says so; it throws with what
 * to do where it may not.
 */
export async function findProgram(
  { files, packages }: Program,
  wanted: readonly string[] = packages,
): Promise<string> {
  const found = await firstOf(files)
  if (found) return found
  const names = packages.join(' ')
  const advice = `This needs the packages ${names}. Install them: sudo apt-get install ${names}`
  if (process.getuid?.() !== 0 || !(await isThere('/usr/bin/apt-get'))) throw new Error(advice)
  console.log(`Installing the packages ${wanted.join(' ')} (once)`)
  await installWithoutStarting(wanted).catch((error: unknown) => {
    throw new Error(`${advice}\nInstalling them here failed.`, { cause: error })
  })
  const installed = await firstOf(files)
  if (!installed) throw new Error(advice)
  return installed
}

const POLICY = '/usr/sbin/policy-rc.d'

/** Debian starts a service as soon as it is installed. We only want the program. */
async function installWithoutStarting(packages: readonly string[]): Promise<void> {
  const ours = await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 }).then(
    () => true,
    () => false,
  )
  const apt = (...args: string[]) =>
    execute('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-q', '-y', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 2 ** 26,
    })
  const install = () => apt('install', '--no-install-recommends', ...packages)
  try {
    await install().catch(async () => {
      await apt('update')
      await install()
    })
  } finally {
    if (ours) await rm(POLICY, { force: true })
  }
}
