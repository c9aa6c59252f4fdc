// Servers and clients as processes of their own, which end with the bench however it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { diesWithUs } from '../scripts/services/service.ts'
import { type Core, onCore } from './machine.ts'

export interface Server {
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

async function start(
  program: readonly string[],
  {
    core,
    env,
    output,
    channel = false,
  }: { core: Core; env?: NodeJS.ProcessEnv; output: 'pipe' | number; channel?: boolean },
): Promise<ChildProcess> {
  const [command = '', ...args] = [...(await diesWithUs('SIGTERM')), ...(await onCore(core)), ...program]
  // A group of its own: a terminal's Ctrl-C is for the bench, which stops the others in order.
  const child = spawn(command, args, {
    detached: true,
    stdio:
      output === 'pipe'
        ? ['pipe', 'pipe', 'inherit']
        : ['ignore', output, output, ...(channel ? (['ipc'] as const) : [])],
    ...(env ? { env } : {}),
  })
  running.add(child)
  for (const event of ['exit', 'error'] as const) child.once(event, () => running.delete(child))
  return child
}

/** A command that runs a file of this folder. */
export const nodeFile = (file: string): string[] => [
  process.execPath,
  fileURLToPath(new URL(file, import.meta.url)),
]

/** Starts a server and waits until it answers `probe`. */
export async function startServer(
  program: readonly string[],
  options: {
    port: number
    probe: string
    core: Core
    logFile: string
    env?: NodeJS.ProcessEnv
    /** Of the probe. */
    headers?: Record<string, string>
  },
): Promise<Server> {
  const { port, probe, core, logFile, env, headers = {} } = options
  const output = openSync(logFile, 'w', 0o600)
  const child = await start(program, { core, env, output })
  closeSync(output)
  for (const until = Date.now() + 30_000; ; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}${probe}`, { headers }).catch(() => null)
    await answer?.arrayBuffer()
    if (answer?.ok) break
    if (ended(child) || Date.now() > until) {
      const last = readFileSync(logFile, 'utf8').slice(-2_000)
      throw new Error(`${program.join(' ')} did not start (${answer?.status ?? 'no answer'}):\n${last}`)
    }
  }
  return { pid: child.pid ?? 0, port, stop: () => stop(child) }
}

export interface Worker<Work, Done> {
  readonly pid: number
  /** One at a time. Throws when the worker has failed. */
  ask(work: Work): Promise<Done>
}

/** Starts a program that serves work (work.ts). What it is told is in no process list, unlike its arguments. */
export async function startWorker<Work extends object, Done>(
  program: readonly string[],
  options: { logFile: string; env?: NodeJS.ProcessEnv },
): Promise<Worker<Work, Done>> {
  const output = openSync(options.logFile, 'w', 0o600)
  const { env = { PATH: process.env['PATH'] } } = options
  const child = await start(program, { core: 'any', env, output, channel: true })
  closeSync(output)
  return {
    pid: child.pid ?? 0,
    ask: (work) =>
      new Promise((resolve, reject) => {
        const failed = () => {
          const last = readFileSync(options.logFile, 'utf8').slice(-2_000)
          reject(new Error(`${program.join(' ')} failed:\n${last}`))
        }
        if (ended(child)) return failed()
        child.once('exit', failed)
        child.once('message', (done) => {
          child.off('exit', failed)
          resolve(done as Done)
        })
        child.send(work)
      }),
  }
}

/** Starts what has no address and only needs to be there. */
export async function startCompanion(
  program: readonly string[],
  options: { logFile: string; env: NodeJS.ProcessEnv },
): Promise<Pick<Server, 'stop'>> {
  const output = openSync(options.logFile, 'w', 0o600)
  const child = await start(program, { core: 'any', env: options.env, output })
  closeSync(output)
  return { stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (ended(child)) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const patience = new AbortController()
  const late = sleep(10_000, 'late', { signal: patience.signal }).catch(() => null)
  if ((await Promise.race([gone, late])) === 'late') child.kill('SIGKILL')
  patience.abort()
  await gone
}

/** Runs a client to its end, with `input` on its stdin, and gives back what it printed. */
export async function runClient(program: readonly string[], core: Core, input = ''): Promise<string> {
  const child = await start(program, { core, output: 'pipe' })
  child.stdin?.end(input)
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [said, code] = await Promise.all([child.stdout ? text(child.stdout) : '', exit])
  if (code !== 0) throw new Error(`The clients did not come to an end (exit code ${code}).\n${said}`)
  return said
}

/** Ends whatever still runs. */
export async function stopChildren(): Promise<void> {
  await Promise.all([...running].map(stop))
}
