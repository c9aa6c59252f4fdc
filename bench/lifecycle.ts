// Runs a bench and ends everything it started, however it ends: done, failed, Ctrl-C, or npm gone.
import { killServices, stopServices } from '../scripts/services/service.ts'
import { stopChildren } from './children.ts'

export interface Bench {
  /** To stderr, with the seconds since the start. */
  progress(line: string): void
  /** Run at the end, the last one first. Push as things come to be, so that a failure half-way leaves nothing. */
  readonly closings: (() => Promise<unknown>)[]
}

/**
 * Resolves never: the process ends with the code that `work` gives, with 1 if it throws or takes longer than `minutes`,
 * and with 130 on a signal.
 */
export async function runBench(minutes: number, work: (bench: Bench) => Promise<number>): Promise<never> {
  const began = performance.now()
  const closings: Bench['closings'] = []
  let stoppedAt = 0
  let leaving: Promise<never> | undefined
  const progress = (line: string) =>
    console.error(`[${((performance.now() - began) / 1_000).toFixed(0).padStart(3)} s] ${line}`)

  async function closeAll(code: number): Promise<never> {
    // Clients and servers first: the closings end the database under them, and then remove its folder.
    for (const close of [stopChildren, stopServices, ...closings.reverse()]) {
      await close().catch((error) => {
        console.error(error)
        code = 1
      })
    }
    process.exit(code)
  }
  const leave = (code: number) => {
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
    progress('Stopping')
    void leave(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // npm may be killed without a chance to pass it on.
  const parent = process.ppid
  const check = () => {
    if (process.ppid !== parent && !leaving) onSignal()
  }
  if (process.env['npm_lifecycle_event']) setInterval(check, 1_000).unref()

  const late = () => {
    progress(`Not done after ${minutes} minutes: giving up`)
    void leave(1)
  }
  setTimeout(late, minutes * 60_000).unref()

  try {
    return await leave(await work({ progress, closings }))
  } catch (error) {
    // Whoever asked to stop knows why things end.
    if (!leaving) console.error(error)
    return leave(1)
  }
}
