import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, outputOf, readOptional } from './processes.ts'

export type Service = {
  pid: number | undefined
  ended(): boolean
  /** What it wrote last, for an error message. */
  lastWords(): Promise<string>
  /** From now on an end that nobody asked for is reported. */
  watch(): void
  stop(): Promise<void>
}

type Launch = {
  name: string
  command: string
  args: string[]
  /** Asks for a quick, clean end. */
  signal: NodeJS.Signals
  logFile: string
  log: Log
  identity?: { uid: number; gid: number }
}

const graceful = 10_000
const running = new Map<ChildProcess, { signal: NodeJS.Signals; stop(): Promise<void> }>()

// An uncaught exception must not leave servers behind on systems that have no parent-death signal.
process.on('exit', () => {
  for (const [child, { signal }] of running) child.kill(signal)
})

export async function stopServices(): Promise<void> {
  await Promise.all([...running.values()].map((service) => service.stop()))
}

export function killServices(): void {
  for (const child of running.keys()) child.kill('SIGKILL')
}

let parentDeath: Promise<boolean> | undefined

/** A prefix that lets the kernel send the signal when this process dies without a word. */
export async function diesWithUs(signal: NodeJS.Signals): Promise<string[]> {
  parentDeath ??= outputOf('setpriv', '--pdeathsig', 'TERM', '--', 'echo', 'yes').then(
    (text) => text === 'yes',
  )
  return (await parentDeath) ? ['setpriv', '--pdeathsig', signal.slice(3), '--'] : []
}

/**
 * A port that nobody listens on. It is none of those that systems give away by themselves, or whoever asks for any port, or
 * calls somebody, could have it before it is used.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) return port
  }
  throw new Error('No port between 15000 and 32000 is free.')
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export async function launch(options: Launch): Promise<Service> {
  const { name, signal, logFile, log } = options
  await rename(logFile, `${logFile}.1`).catch(() => {})
  const output = openSync(logFile, 'w', 0o600)
  let child: ChildProcess
  try {
    // A group of its own: Ctrl-C reaches every process of the terminal's group at once, and the database would
    // be gone before the requests in flight are finished.
    child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', output, output],
      ...options.identity,
    })
  } finally {
    closeSync(output)
  }

  let problem = ''
  let over = false
  let watched = false
  let stopping: Promise<void> | undefined
  const end = new Promise<void>((resolve) => {
    const finish = (reason: string) => {
      over = true
      running.delete(child)
      if (reason) problem = reason
      if (watched && !stopping) log(`${name} ended by itself (${reason}). Its log: ${logFile}`)
      resolve()
    }
    child.once('error', (error) => finish(error.message))
    child.once('exit', (code, by) => finish(by ?? `exit code ${code}`))
  })
  const stopNow = async () => {
    if (over) return
    child.kill(signal)
    const waiting = new AbortController()
    const late = sleep(graceful, 'late', { signal: waiting.signal }).catch(() => 'in time')
    if ((await Promise.race([end, late])) === 'late') child.kill('SIGKILL')
    waiting.abort()
    await end
  }
  const stop = () => {
    stopping ??= stopNow()
    return stopping
  }
  running.set(child, { signal, stop })
  return {
    pid: child.pid,
    ended: () => over,
    lastWords: async () =>
      `${(await readOptional(logFile)) ?? ''}\n${problem}`.trim().split('\n').slice(-8).join('\n'),
    watch: () => {
      watched = true
    },
    stop,
  }
}
