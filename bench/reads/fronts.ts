// Varnish and nginx in front of Karcis, with the configurations of deploy/. Only addresses, paths and limits differ: 64 readers
// of one address would be refused as one greedy client.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/service.ts'
import { type Server, startServer } from '../children.ts'

interface Front {
  readonly program: string
  readonly folder: string
  readonly origin: Server
}

const deploy = new URL('../../deploy/', import.meta.url)
const root = process.getuid?.() === 0

/** Copies files of deploy/ with some words replaced, each of which must be there. */
async function place(
  from: string,
  files: readonly string[],
  folder: string,
  edits: readonly (readonly [string, string])[],
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const texts = await Promise.all(files.map((file) => readFile(new URL(`${from}/${file}`, deploy), 'utf8')))
  for (const [words] of edits) {
    if (!texts.some((text) => text.includes(words)))
      throw new Error(`deploy/${from} has no "${words}" any more.`)
  }
  for (const [index, file] of files.entries()) {
    const edited = edits.reduce((text, [words, by]) => text.replaceAll(words, by), texts[index] ?? '')
    await writeFile(join(folder, file), edited)
  }
}

export async function startVarnish({ program, folder, origin }: Front): Promise<Server> {
  const [port, home] = [await freePort(), join(folder, 'varnish')]
  await place('varnish', ['karcis.vcl', 'backend.vcl'], home, [
    ['"4000"', `"${origin.port}"`],
    [', 1000, 10s', ', 1000000000, 10s'],
  ])
  return startServer(
    [
      // The bench's folder is its user's alone, and Varnish would read it as another one.
      ...[program, '-j', 'none', '-F', '-n', join(home, 'run'), '-T', 'none', '-s', 'malloc,64m'],
      ...['-a', `127.0.0.1:${port}`, '-f', join(home, 'karcis.vcl')],
    ],
    { port, probe: '/health/live', core: 'server', logFile: join(folder, 'varnish.log') },
  )
}

export async function startNginx({ program, folder, origin }: Front): Promise<Server> {
  const [port, home] = [await freePort(), join(folder, 'nginx')]
  // Their places are built into the program, and may be another user's.
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${home}/${kind};`)
    .join('\n')
  await place('nginx', ['nginx.conf', 'upstream.conf', 'listen.conf'], home, [
    ['server 127.0.0.1:4000 ', `server 127.0.0.1:${origin.port} `],
    // It closes a connection after a thousand requests; a load generator's should stay.
    ['listen 8080;', `listen 127.0.0.1:${port};\nkeepalive_requests 1000000000;`],
    ['rate=100r/s;', `rate=1000000r/s;\n${temporary}`],
    ['worker_processes auto;', 'worker_processes 1;\ndaemon off;'],
    // The bench's folder is its user's alone.
    ['user www-data;', root ? 'user root;' : ''],
    ['/run/nginx.pid', join(home, 'pid')],
    ['/var/log/nginx/', `${home}/`],
    ['/var/cache/karcis', join(home, 'store')],
  ])
  return startServer([program, '-c', join(home, 'nginx.conf'), '-p', home, '-e', 'stderr'], {
    port,
    probe: '/health/live',
    core: 'server',
    logFile: join(folder, 'nginx.log'),
  })
}
