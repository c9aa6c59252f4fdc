// What keeps a process from starting is said in one line, before anything is begun.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testSecrets } from './setup/secrets.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Takes connections and counts them: the port that is taken, and the databases that nobody is to ask. */
let taken: Server
let asked = 0
let port: number
let folder: string

beforeAll(async () => {
  taken = createServer((socket) => {
    asked += 1
    socket.on('error', () => undefined)
  })
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  port = (taken.address() as AddressInfo).port
  folder = await mkdtemp(join(tmpdir(), 'karcis-start-'))
})
afterAll(async () => {
  taken.close()
  await rm(folder, { recursive: true, force: true })
})

async function startOf(command: string, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, command.split(' '), {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      ...testSecrets,
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      DATA_DIR: join(folder, 'data'),
      DATABASE_URL: `postgresql://karcis@127.0.0.1:${port}/karcis`,
      REDIS_URL: `redis://127.0.0.1:${port}`,
      ...environment,
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const [code] = await once(child, 'close')
  return { code, said: said.trim() }
}

test.each([
  ['src/main.ts', 'PORT'],
  ['src/worker.ts', 'WORKER_PORT'],
  ['scripts/start.ts', 'PORT'],
])('%s: a port that is in use, before a database is asked', async (file, setting) => {
  const { code, said } = await startOf(file, { [setting]: String(port) })
  expect(said).toBe(
    `Port ${port} is in use. Stop what listens there, or set ${setting} to another one: ${setting}=${port + 1}`,
  )
  expect(code).toBe(1)
  expect(asked).toBe(0)
})

test.each([
  ['src/main.ts', 'PORT'],
  ['src/worker.ts', 'WORKER_PORT'],
])('%s: an address that is none of this machine', async (file, setting) => {
  const { code, said } = await startOf(file, { HOST: '192.0.2.1', [setting]: '15123' })
  expect([code, said]).toEqual([1, 'HOST: 192.0.2.1 is no address of this machine.'])
})

test('npm start: a setting that is wrong, before there is a data folder', async () => {
  const { code, said } = await startOf('scripts/start.ts', {
    ORDER_TTL_SECONDS: 'soon',
    DATABASE_URL: '',
    REDIS_URL: '',
    JWT_SECRET: '',
    LINK_SECRET: '',
    TICKET_SECRET: '',
  })
  expect(said).toMatch(/^These settings are not valid:\n {2}ORDER_TTL_SECONDS: [^\n]+$/)
  expect(code).toBe(1)
  expect(existsSync(join(folder, 'data'))).toBe(false)
}, 90_000)

test('npm start: a database that cannot be used', async () => {
  const gone = await mkdtemp(join(folder, 'gone-'))
  const { code, said } = await startOf('scripts/start.ts', {
    PORT: '0',
    DATA_DIR: gone,
    DATABASE_URL: 'postgresql://karcis@127.0.0.1:9/karcis',
  })
  expect(said).toBe(
    'PostgreSQL at 127.0.0.1:9 cannot be used: connect ECONNREFUSED 127.0.0.1:9. Nothing was changed.',
  )
  expect(code).toBe(1)
}, 90_000)

// What a Node says of itself whose version this is. It knows no TypeScript, so no file of ours can.
const asNode = (version: string): string =>
  `--import data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`

test.each(['start', 'server', 'worker', 'migrate up', 'organizer --list', 'generate'])(
  'karcis.mjs %s: a Node that is too old',
  async (command) => {
    const { code, said } = await startOf(`${asNode('20.19.2')} karcis.mjs ${command}`)
    expect(said).toMatch(/^Karcis needs Node 24 or newer, and this is 20\.19\.2\. [^\n]+$/)
    expect(code).toBe(1)
  },
)

test('karcis.mjs hands its arguments on, and is what npm runs', async () => {
  expect((await startOf('karcis.mjs migrate sideways')).said).toMatch(/^Usage: node scripts\/migrate\.ts /)
  expect((await startOf('karcis.mjs')).said).toMatch(/^Usage: node karcis\.mjs start \| server \| worker /)
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  for (const name of ['start', 'worker', 'migrate', 'seed', 'demo', 'postinstall'])
    expect(scripts[name]).toMatch(/^(exec )?node karcis\.mjs \w+/)
})
