// What the system knows of a process, and on which core it may run.
import { availableParallelism, cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { outputOf, readOptional } from '../scripts/services/processes.ts'

// The kernel counts in this unit on every machine that Node runs on.
const TICK_US = 10_000

/** CPU time of a process so far in microseconds; null where there is no /proc. */
export async function cpuOf(pid: number): Promise<number | null> {
  const stat = await readOptional(`/proc/${pid}/stat`)
  // The command's name may hold spaces and brackets, so counting begins after its last bracket.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields ? (Number(fields[11]) + Number(fields[12])) * TICK_US : null
}

/** The most memory a process ever had, in MB; null where there is no /proc. */
export async function peakMemoryOf(pid: number): Promise<number | null> {
  const found = /^VmHWM:\s+(\d+) kB/m.exec((await readOptional(`/proc/${pid}/status`)) ?? '')
  return found ? Number(found[1]) / 1_024 : null
}

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

/** How much of all cores is in use, from 0 to 1, looked at for a moment. The load average would tell of the last minute. */
export async function busyShare(milliseconds: number): Promise<number> {
  const before = coreTimes()
  await sleep(milliseconds)
  const after = coreTimes()
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

function coreTimes(): { idle: number; all: number } {
  const sums = { idle: 0, all: 0 }
  for (const { times } of cpus()) {
    sums.idle += times.idle
    sums.all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return sums
}
