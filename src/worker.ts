// The job process: mail, expiry, refunds. Any number may run.
import { writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { loadConfig } from './config.ts'
import { createWorker } from './job-runner.ts'
import { runUntilStopped } from './process.ts'

// On a machine that it shares, people who wait for an answer come before mails that nobody watches. Not the lowest: an expiry
// that never gets on holds locks that orders wait for.
const { PRIORITY_BELOW_NORMAL } = constants.priority
setPriority(PRIORITY_BELOW_NORMAL)
try {
  // Where Linux shares the CPU out by session first (sched_autogroup), the line above alone says nothing to other sessions.
  writeFileSync('/proc/self/autogroup', String(PRIORITY_BELOW_NORMAL))
} catch {
  // Another system, or not allowed: then it is as it was.
}

await runUntilStopped(async () => {
  const worker = await createWorker(loadConfig())
  worker.deps.log.info('working')
  return worker
})
