// npm run bench: one table from one run, in about a minute and a half. Progress goes to stderr, the table to stdout.
import { availableParallelism, cpus } from 'node:os'
import { killServices, stopServices } from '../scripts/services/service.ts'
import { stopChildren } from './children.ts'
import { busyShare, onCore } from './machine.ts'
import { measureOrders } from './orders.ts'
import { measureReads } from './reads.ts'
import { tableOf } from './report.ts'
import { buildStand } from './stand.ts'

const began = performance.now()
const closings: (() => Promise<unknown>)[] = []
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
  progress('Stopping')
  void leave(130)
}

function watchSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // npm may be killed without a chance to pass it on.
  const parent = process.ppid
  const check = () => {
    if (process.ppid !== parent && !leaving) onSignal()
  }
  if (process.env['npm_lifecycle_event']) setInterval(check, 1_000).unref()
}

async function bench(): Promise<void> {
  watchSignals()
  try {
    const busy = await busyShare(1_000)
    progress('Starting PostgreSQL, Redis and a seeded season')
    const stand = await buildStand(closings)
    const reads = await measureReads(stand, progress)
    const { contests, sold, categories } = await measureOrders(stand, progress)
    progress('Done')
    const pinned = (await onCore('server')).length > 0
    console.log(`
${tableOf([reads, ...contests])}

${notes({ pinned, busy, sold, categories })}`)
    await leave(0)
  } catch (error) {
    // Whoever asked to stop knows why things end.
    if (!leaving) console.error(error)
    await leave(1)
  }
}

const whole = new Intl.NumberFormat('en')

interface Facts {
  readonly pinned: boolean
  /** Of all cores before anything was started. */
  readonly busy: number
  readonly sold: number
  readonly categories: number
}

function notes({ pinned, busy, sold, categories }: Facts): string {
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}`
  return [
    `Measured with Node ${process.versions.node} on ${machine}, everything on this machine.`,
    'Three rounds of each in turn: the median, and the range in brackets. Karcis runs as in production, jobs on.',
    pinned
      ? 'The event list: the server has one core, the clients another. Orders: all cores for everyone.'
      : 'Nothing was pinned to a core here, so the server and its clients took turns.',
    ...(busy > 0.1
      ? [`Others used ${Math.round(busy * 100)} % of the cores at the start: measure again.`]
      : []),
    `Sold = quota − remaining = orders answered in each of ${categories} sales: ${whole.format(sold)} tickets.`,
  ].join('\n')
}

await bench()
