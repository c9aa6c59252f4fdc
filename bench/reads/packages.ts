// The peers' packages, which are the bench's own: the server's tests and image do without them.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const folder = new URL('../', import.meta.url)

const changedAt = (file: string) =>
  stat(new URL(file, folder)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )

/** Installs them when they are missing or older than the lock file. */
export async function installPackages(progress: (line: string) => void): Promise<void> {
  const installed = await changedAt('node_modules/.package-lock.json')
  if (installed >= (await changedAt('package-lock.json'))) return
  progress('Installing the peers into bench/node_modules (npm ci, once)')
  // npm run tells its children which project they are in, and this is another one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  const npm = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: fileURLToPath(folder),
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await new Promise((resolve) => {
    npm.once('error', resolve)
    npm.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`npm ci in bench/ failed (${code}).`)
}

/** The version of a package that is installed. */
export function versionOf(name: string): string {
  const file = new URL(`node_modules/${name}/package.json`, folder)
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'))
  return version
}
