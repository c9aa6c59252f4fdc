import { ConfigError } from './config.ts'
import { CannotListen } from './http/listen.ts'

/** Starts, then stops cleanly at SIGINT or SIGTERM. A second signal does not wait. */
export async function runUntilStopped(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  try {
    const running = await start()
    let stopping = false
    const stop = () => {
      if (stopping) process.exit(1)
      stopping = true
      running.close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  } catch (error) {
    console.error(error instanceof ConfigError || error instanceof CannotListen ? error.message : error)
    process.exit(1)
  }
}
