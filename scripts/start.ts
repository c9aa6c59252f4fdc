import './dot-env.ts'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { developmentEnvironment } from './services/environment.ts'
import { killServices, stopServices } from './services/service.ts'

const began = performance.now()
const closings: (() => Promise<void>)[] = []
let stoppedAt = 0
let ready = false
let leaving: Promise<never> | undefined

const elapsed = () => `${((performance.now() - began) / 1000).toFixed(1)} s`

class Interrupted extends Error {}

function goOn(): void {
  if (stoppedAt) throw new Interrupted()
}

async function closeAll(code: number): Promise<never> {
  for (let close = closings.pop(); close; close = closings.pop()) {
    await close().catch((error) => {
      console.error(error)
      code = 1
    })
  }
  process.exit(code)
}

function leave(code: number): Promise<never> {
  leaving ??= closeAll(code)
  return leaving
}

function onSignal(): void {
  if (stoppedAt) {
    // One Ctrl-C arrives twice: from the terminal, and from npm which forwards its own.
    if (performance.now() - stoppedAt < 300) return
    killServices()
    process.exit(130)
  }
  stoppedAt = performance.now()
  console.log('\nStopping. Press Ctrl-C again to stop at once.')
  // During the start a step that has begun, such as a migration, is finished first; goOn() then ends the rest.
  // Only waiting for the databases themselves may take long enough to be cut short.
  if (ready) void leave(0)
  else if (closings.length === 0) void stopServices()
}

function watchParent(): void {
  // A closed terminal refuses what is printed; that must not keep the server from closing in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  if (!process.env.npm_lifecycle_event) return
  // npm may be killed without a chance to pass it on. Then nobody is left who could press Ctrl-C.
  const parent = process.ppid
  const check = () => {
    if (process.ppid === parent) return
    clearInterval(watch)
    if (!stoppedAt) onSignal()
  }
  const watch = setInterval(check, 250).unref()
}

async function closeApp(app: { close(): Promise<void> }): Promise<void> {
  const patience = new AbortController()
  const late = sleep(15_000, 'late', { signal: patience.signal }).catch(() => 'in time')
  if ((await Promise.race([app.close(), late])) === 'late')
    console.error('Some requests did not end in 15 s.')
  patience.abort()
}

/** What `developmentEnvironment` fills in, for a look at all other settings before it does. */
const FILLED_LATER: Record<string, string> = {
  DATABASE_URL: 'postgresql://karcis@127.0.0.1/karcis',
  REDIS_URL: 'redis://127.0.0.1',
  JWT_SECRET: 'j'.repeat(32),
  LINK_SECRET: 'l'.repeat(32),
  TICKET_SECRET: 't'.repeat(32),
}

/** Says what is wrong with the settings, or that the port is taken, before seconds of work. */
async function expectGoodStart(env: NodeJS.ProcessEnv): Promise<void> {
  const [{ givenSettings, loadConfig }, { expectFree }] = await Promise.all([
    import('../src/config.ts'),
    import('../src/http/listen.ts'),
  ])
  const { port, host } = loadConfig({ ...FILLED_LATER, ...givenSettings(env) })
  await expectFree({ port, host, setting: 'PORT' })
}

async function start(): Promise<void> {
  // Loading the server takes as long as starting the database, so both happen at once.
  const modules = Promise.all([
    import('./migrations/apply.ts'),
    import('../prisma/seed.ts'),
    import('../src/config.ts'),
    import('../src/app.ts'),
  ])
  modules.catch(() => {})

  await expectGoodStart(process.env)
  const development = await developmentEnvironment(process.env)
  closings.push(development.stop)
  goOn()
  const { env } = development
  const [{ applyMigrations }, { seedOnce }, { loadConfig }, { createApp }] = await modules
  const config = loadConfig(env)

  const databaseUrl = env.DATABASE_URL ?? ''
  const applied = await applyMigrations(databaseUrl)
  goOn()
  console.log(
    applied.length
      ? `${applied.length} ${applied.length === 1 ? 'migration' : 'migrations'} applied (${elapsed()})`
      : 'Database is up to date',
  )
  if ((await seedOnce(databaseUrl, env)) === 'seeded') console.log(`Season seeded (${elapsed()})`)
  goOn()

  const app = await createApp(config)
  closings.push(() => closeApp(app))
  const { port } = await app.listen()
  const url = `http://localhost:${port}`
  const note = join(env.DATA_DIR ?? '', 'server.json')
  closings.push(() => rm(note, { force: true }))
  await writeFile(note, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 })
  goOn()
  ready = true
  console.log(`
Karcis is ready in ${elapsed()}
  GraphiQL   ${url}/graphql
  Health     ${url}/health/ready
  Metrics    ${url}/metrics
  Mail       ${config.mail.smtpUrl === null ? `${url}/dev/mail` : 'by SMTP_URL'}
  Accounts   owner@karcis.test, gate@karcis.test, buyer@karcis.test — password karcis-dev-only
  Try it     npm run demo
  Stop       Ctrl-C`)
}

// Errors whose message says what to do. Their modules are loaded when they are needed.
const EXPLAINED = new Set(['StartError', 'ConfigError', 'CannotListen', 'CannotMigrate', 'MigrationFailed'])

async function startOrExplain(): Promise<void> {
  watchParent()
  try {
    await start()
  } catch (error) {
    if (stoppedAt) return leave(0)
    const known = error instanceof Error && EXPLAINED.has(error.constructor.name)
    console.error(known ? `\n${error.message}` : error)
    return leave(1)
  }
}

if (process.env.NODE_ENV === 'production') await import('../src/main.ts')
else await startOrExplain()
