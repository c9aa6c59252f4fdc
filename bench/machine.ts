// What the system knows of a process, and on which core it may run.
import { readdir } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { outputOf, readOptional } from '../scripts/services/processes.ts'

// The kernel counts in this unit on every machine that Node runs on.
const TICK_US = 10_000

/** The fields of /proc/<pid>/stat from the state on. The command's name before it may hold spaces and brackets. */
async function statOf(pid: number): Promise<string[] | null> {
  const stat = await readOptional(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? null
}

/** A process and all that come from it: some servers are several. Only itself where there is no /proc. */
async function treeOf(root: number): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0)
  const parents = await Promise.all(pids.map(async (pid) => Number((await statOf(pid))?.[1])))
  const tree = [root]
  for (const pid of tree) tree.push(...pids.filter((_, index) => parents[index] === pid))
  return tree
}

async function sumOverTree(root: number, value: (pid: number) => Promise<number | null>) {
  const values = await Promise.all((await treeOf(root)).map(value))
  return values.every((one) => one === null) ? null : values.reduce<number>((sum, one) => sum + (one ?? 0), 0)
}

/** CPU time of a server so far in microseconds, with that of its processes that ended; null where there is no /proc. */
export const cpuOf = (pid: number): Promise<number | null> =>
  sumOverTree(pid, async (one) => {
    const fields = await statOf(one)
    return fields ? fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_US : null
  })

/** The most memory that each process of a server ever had, in MB; null where there is no /proc. */
export const peakMemoryOf = (pid: number): Promise<number | null> =>
  sumOverTree(pid, async (one) => {
    const found = /^VmHWM:\s+(\d+) kB/m.exec((await readOptional(`/proc/${one}/status`)) ?? '')
    return found ? Number(found[1]) / 1_024 : null
  })

/** E.g. 2 cores of AMD EPYC. */
export const machineName = () => `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}`

export type Core = 'server' | 'clients' | 'any'

let allowed: Promise<string[]> | undefined

/** The first two cores that we may use; none where nothing can be pinned. */
async function cores(): Promise<string[]> {
  if (availableParallelism() < 2) return []
  const said = await outputOf('taskset', '-cp', String(process.pid))
  const list = said?.split(': ')[1]?.split(',') ?? []
  const all = list.flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index))
  })
  return all.length < 2 ? [] : all.slice(0, 2)
}

/** A prefix that keeps a command on its core, so that server and clients do not take turns on one. */
export async function onCore(core: Core): Promise<string[]> {
  allowed ??= cores()
  const found = core === 'any' ? undefined : (await allowed)[core === 'server' ? 0 : 1]
  return found === undefined ? [] : ['taskset', '-c', found]
}

/** Keeps this process, and what it starts from now on, on a core. Does nothing where nothing can be pinned. */
export async function moveToCore(core: Core): Promise<void> {
  const [program, ...args] = await onCore(core)
  if (program) await outputOf(program, '-acp', args.at(-1) ?? '', String(process.pid))
}

/**
 * How much of all cores others than this bench use, from 0 to 1, from the call until the function that it gives is
 * called. The load average would tell of the last minute. Null where there is no /proc.
 */
export async function watchOthers(): Promise<() => Promise<number | null>> {
  const [before, ours] = [coreTimes(), await cpuOf(process.pid)]
  return async () => {
    const [after, now] = [coreTimes(), await cpuOf(process.pid)]
    if (now === null || ours === null) return null
    const busy = after.all - before.all - (after.idle - before.idle) - (now - ours) / 1_000
    return Math.max(0, busy / (after.all - before.all))
  }
}

/** In milliseconds, of all cores together. */
function coreTimes(): { idle: number; all: number } {
  const sums = { idle: 0, all: 0 }
  for (const { times } of cpus()) {
    sums.idle += times.idle
    sums.all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return sums
}
