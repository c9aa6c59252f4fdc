// Real caches from Debian's packages, in front of the app under test, each on a port and in a folder of its own.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findProgram as find, type Program } from '../../scripts/services/debian-programs.ts'
import { diesWithUs, freePort, launch } from '../../scripts/services/service.ts'

const execute = promisify(execFile)

// Together, also when one is enough: test files run side by side, and the one that is done takes away the policy under
// which another would still be installing.
const ALL_PACKAGES = ['varnish', 'varnish-modules', 'nginx']

/** The program's path; on Debian all fronts are installed when it is missing. */
export const findProgram = (program: Program): Promise<string> => find(program, ALL_PACKAGES)

export interface Front {
  readonly port: number
  readonly url: string
  stop(): Promise<void>
}

/** Starts a server and waits until it takes connections on its port. `folder` is its own and goes away with it. */
export async function startFront(options: {
  program: string
  args: readonly string[]
  port: number
  folder: string
}): Promise<Front> {
  const { program, port, folder } = options
  const [command = '', ...args] = [...(await diesWithUs('SIGTERM')), program, ...options.args]
  const service = await launch({
    name: program,
    command,
    args,
    signal: 'SIGTERM',
    logFile: join(folder, 'log'),
    log: () => undefined,
  })
  while (!(await accepts(port))) {
    if (service.ended()) throw new Error(`${program} did not start.\n${await service.lastWords()}`)
    await sleep(20)
  }
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await service.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

const VARNISH: Program = {
  files: ['/usr/sbin/varnishd', '/usr/local/sbin/varnishd', '/opt/homebrew/sbin/varnishd'],
  packages: ['varnish', 'varnish-modules'],
}

// Its jail changes to accounts of its own: only root can, and they cannot read a folder of ours.
const NO_JAIL = ['-j', 'none']

const committed = fileURLToPath(new URL('../../deploy/varnish/', import.meta.url))

export interface VarnishOptions {
  readonly originPort: number
  /** One that was free; else any. */
  readonly port?: number
  /** Lines of the acl, in its own words; else this machine. */
  readonly purgers?: string
  readonly proxies?: string
  /** Requests of one client in 10 seconds; else as committed. */
  readonly limit?: number
}

/** Varnish with the committed karcis.vcl, and with a backend.vcl that differs from the committed one in what is given. */
export async function startVarnish(options: VarnishOptions): Promise<Front> {
  const program = await findProgram(VARNISH)
  const folder = await mkdtemp(join(tmpdir(), 'karcis-varnish-'))
  await copyFile(join(committed, 'karcis.vcl'), join(folder, 'karcis.vcl'))
  const backend = await readFile(join(committed, 'backend.vcl'), 'utf8')
  const acl = (name: string, lines: string | undefined) => (text: string) =>
    lines === undefined ? text : text.replace(new RegExp(`(acl ${name} \\{)[^}]*`), `$1\n${lines}\n`)
  const edits = [
    (text: string) => text.replace('"4000"', `"${options.originPort}"`),
    acl('purgers', options.purgers),
    acl('proxies', options.proxies),
    (text: string) => text.replace(', 1000, 10s', `, ${options.limit ?? 1000}, 10s`),
  ]
  await writeFile(
    join(folder, 'backend.vcl'),
    edits.reduce((text, edit) => edit(text), backend),
  )
  const port = options.port ?? (await freePort())
  const args = [...NO_JAIL, '-F', '-n', join(folder, 'run'), '-T', 'none', '-s', 'malloc,128m']
  const address = ['-a', `127.0.0.1:${port}`, '-f', join(folder, 'karcis.vcl')]
  return startFront({ program, args: [...args, ...address], port, folder })
}

/** Whether varnishd takes the committed files as they are: nothing, or what it says. */
export async function compileVcl(): Promise<string> {
  const program = await findProgram(VARNISH)
  const folder = await mkdtemp(join(tmpdir(), 'karcis-vcl-'))
  try {
    await execute(program, [...NO_JAIL, '-C', '-n', folder, '-f', join(committed, 'karcis.vcl')], {
      maxBuffer: 2 ** 26,
    })
    return ''
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
