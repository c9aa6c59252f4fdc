// Servers and clients as processes of their own, which end with the bench however it ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { diesWithUs } from '../scripts/services/service.ts'
import type { Seen, Work } from './load.ts'
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

async function node(
  args: string[],
  { core, env, output }: { core: Core; env?: NodeJS.ProcessEnv; output: 'pipe' | number },
): Promise<ChildProcess> {
  const [command = '', ...rest] = [
    ...(await diesWithUs('SIGTERM')),
    ...(await onCore(core)),
    process.execPath,
    ...args,
  ]
  // A group of its own: a terminal's Ctrl-C is for the bench, which stops the others in order.
  const child = spawn(command, rest, {
    detached: true,
    stdio: output === 'pipe' ? ['pipe', 'pipe', 'inherit'] : ['ignore', output, output],
    ...(env ? { env } : {}),
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** Starts a server and waits until it answers `probe`. */
export async function startServer(
  file: string,
  options: {
    port: number
    probe: string
    core: Core
    logFile: string
    args?: string[]
    env?: NodeJS.ProcessEnv
  },
): Promise<Server> {
  const { port, probe, core, logFile, args = [], env } = options
  const output = openSync(logFile, 'w', 0o600)
  const child = await node([here(file), ...args], { core, env, output })
  closeSync(output)
  for (const until = Date.now() + 30_000; ; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}${probe}`).catch(() => null)
    await answer?.arrayBuffer()
    if (answer?.ok) break
    if (ended(child) || Date.now() > until) {
      throw new Error(`${file} did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`)
    }
  }
  return { pid: child.pid ?? 0, port, stop: () => stop(child) }
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

/** Lets the clients work and gives back what they saw. */
export async function load(work: Work, core: Core): Promise<Seen> {
  const child = await node([here('load.ts')], { core, output: 'pipe' })
  child.stdin?.end(JSON.stringify(work))
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [said, code] = await Promise.all([child.stdout ? text(child.stdout) : '', exit])
  if (code !== 0) throw new Error(`The clients did not come to an end (${work.kind}, exit code ${code}).`)
  return JSON.parse(said)
}

/** Ends whatever still runs. */
export async function stopChildren(): Promise<void> {
  await Promise.all([...running].map(stop))
}
