// The job process: mail, expiry, refunds. Any number may run.
import { createWorker } from './app.ts'
import { loadConfig } from './config.ts'
import { runUntilStopped } from './process.ts'

await runUntilStopped(async () => {
  const worker = await createWorker(loadConfig())
  worker.deps.log.info('working')
  return worker
})
