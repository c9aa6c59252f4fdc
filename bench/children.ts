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
  { core, env, output }: { core: Core; env?: NodeJS.ProcessEnv; output: 'pipe' | number },
): Promise<ChildProcess> {
  const [command = '', ...args] = [...(await diesWithUs('SIGTERM')), ...(await onCore(core)), ...program]
  // A group of its own: a terminal's Ctrl-C is for the bench, which stops the others in order.
  const child = spawn(command, args, {
    detached: true,
    stdio: output === 'pipe' ? ['pipe', 'pipe', 'inherit'] : ['ignore', output, output],
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
