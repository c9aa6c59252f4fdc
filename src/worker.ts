// The job process: mail, expiry, refunds. Any number may run.
import { constants, setPriority } from 'node:os'
import { createWorker } from './app.ts'
import { loadConfig } from './config.ts'
import { runUntilStopped } from './process.ts'

// On a machine that it shares, people who wait for an answer come before mails that nobody watches. Not the lowest: an expiry
// that never gets on holds locks that orders wait for.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

await runUntilStopped(async () => {
  const worker = await createWorker(loadConfig())
  worker.deps.log.info('working')
  return worker
})
