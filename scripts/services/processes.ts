import { execFile } from 'node:child_process'
import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** A failure whose message tells the reader what to do; it is shown without a stack. */
export class StartError extends Error {
  override name = 'StartError'
}

export type Log = (line: string) => void

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const optional = (reading: Promise<string>) => reading.then((text) => text.trim()).catch(() => undefined)

export const readOptional = (file: string) => optional(readFile(file, 'utf8'))

export const outputOf = (command: string, ...args: string[]) =>
  optional(execute(command, args).then((run) => run.stdout))

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Number and time of start name one process for good: a number alone is given out again. */
export async function startOf(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  if (process.platform !== 'linux')
    return (await outputOf('ps', '-o', 'lstart=', '-p', String(pid))) || undefined
  // The command's name may hold spaces and brackets, so counting begins after its last bracket.
  const stat = await readOptional(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie answers signals until its parent looks, which in a container may be never.
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}

async function nameAndFolder(pid: number): Promise<{ name?: string; folder?: string }> {
  if (process.platform === 'linux') {
    const folder = await optional(readlink(`/proc/${pid}/cwd`))
    return { name: await readOptional(`/proc/${pid}/comm`), folder }
  }
  const name = await outputOf('ps', '-o', 'comm=', '-p', String(pid))
  const opened = await outputOf('lsof', '-a', '-p', String(pid), '-d', 'cwd', '-Fn')
  return { name: name && basename(name), folder: opened?.match(/^n(.*)$/m)?.[1] }
}

async function isGone(pid: number, milliseconds: number): Promise<boolean> {
  const until = Date.now() + milliseconds
  while ((await startOf(pid)) !== undefined) {
    if (Date.now() > until) return false
    await sleep(30)
  }
  return true
}

/** Stops what an earlier, killed run left on this folder. Nothing is signalled on the word of a pid file alone. */
export async function stopOrphan(options: {
  pidFile: string
  folder: string
  names: string[]
  signal: NodeJS.Signals
  log: Log
}): Promise<void> {
  const pid = Number.parseInt((await readOptional(options.pidFile)) ?? '', 10)
  if (!Number.isSafeInteger(pid) || pid <= 0 || !exists(pid)) return
  const { name, folder } = await nameAndFolder(pid)
  if (!name || !options.names.includes(name) || folder !== (await realpath(options.folder))) {
    // The number went to a stranger, or a zombie still has it. PostgreSQL would take either for its twin.
    await rm(options.pidFile, { force: true })
    return
  }
  options.log(`Stopping the ${name} that an earlier run left behind (process ${pid})`)
  for (const signal of [options.signal, 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error
    }
    if (await isGone(pid, 10_000)) return
  }
  throw new StartError(
    `Process ${pid} (${name}) holds ${folder} and cannot be stopped. End it, then start again.`,
  )
}
