// The committed nginx configuration, run by a real nginx on a port and in a folder of its own.
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../scripts/services/service.ts'
import { type Front, findProgram, startFront } from './fronts.ts'

const committed = fileURLToPath(new URL('../../deploy/nginx/', import.meta.url))
const SERVER = 'server 127.0.0.1:4000 max_fails=3 fail_timeout=2s;'
const FILES = ['nginx.conf', 'upstream.conf', 'listen.conf']

export interface NginxOptions {
  /** One process, or many that share the load. */
  readonly originPort: number | readonly number[]
  /** Whether the proxies that upstream.conf names are those of this machine; else it names none, as committed. */
  readonly behindProxy?: boolean
}

/** Nginx with the committed files. Only the addresses, the paths and the trusted proxies are of this machine. */
export async function startNginx(options: NginxOptions): Promise<Front> {
  const { program, folder, port } = await place(options)
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;']
  return startFront({ program, args, port, folder })
}

/** Whether nginx takes the committed files: nothing, or what it complains of. */
export async function checkNginx(): Promise<string> {
  const { program, folder } = await place({ originPort: 4_000 })
  const args = ['-t', '-q', '-p', folder, '-c', join(folder, 'nginx.conf')]
  try {
    return (await promisify(execFile)(program, args)).stderr
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function place({ originPort, behindProxy = false }: NginxOptions) {
  const program = await findProgram({
    files: ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'],
    packages: ['nginx'],
  })
  const folder = await mkdtemp(join(tmpdir(), 'karcis-nginx-'))
  // Started by root, its workers have an account of their own and pass through here to the store.
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'temp'))
  const port = await freePort()
  const edits: [string, string][] = [
    ['/run/nginx.pid', join(folder, 'nginx.pid')],
    ['/var/log/nginx/karcis-error.log', join(folder, 'error.log')],
    ['/var/log/nginx/karcis.log', join(folder, 'access.log')],
    ['/var/cache/karcis', join(folder, 'store')],
    [
      SERVER,
      [originPort]
        .flat()
        .map((one) => SERVER.replace('4000', String(one)))
        .join('\n    '),
    ],
    ['listen 8080;', `listen 127.0.0.1:${port};`],
  ]
  if (behindProxy) edits.push(['# set_real_ip_from 10.0.0.0/8;', 'set_real_ip_from 127.0.0.0/8;'])
  if (process.getuid?.() !== 0) edits.push(['user www-data;', ''])
  const made = new Set<string>()
  for (const name of FILES) {
    let text = await readFile(join(committed, name), 'utf8')
    for (const [from, to] of edits) {
      if (!text.includes(from)) continue
      text = text.replace(from, to)
      made.add(from)
    }
    await writeFile(join(folder, name), name === 'upstream.conf' ? text + temporary(folder) : text)
  }
  const missing = edits.find(([from]) => !made.has(from))
  if (missing) throw new Error(`The configuration has no "${missing[0]}" any more.`)
  return { program, folder, port }
}

// Their places are built into the program, and are root's.
const temporary = (folder: string): string =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, 'temp', name)};\n`)
    .join('')
