import type { Piscina } from 'piscina'
import { Busy } from './errors.ts'
import type { Log } from './telemetry.ts'

/** Threads that compute what would block the event loop. */
export interface ThreadPool {
  /**
   * What the function of this name in the pool's file makes of `input`, which is copied. Rejects with Busy when it failed, took
   * too long or its thread died; then another thread takes the place of that one. Why is in the log.
   */
  run(name: string, input: unknown): Promise<Buffer>
  /** How many threads there are now. */
  size(): number
  close(): Promise<void>
}

export interface ThreadPoolOptions {
  /** A file URL. Each of its exports takes one argument and gives a Uint8Array. */
  readonly file: URL
  readonly threads: number
  /** How long one run may take, in milliseconds, with the start of its thread. */
  readonly timeoutMs: number
  /** How long a thread without work stays, in milliseconds. */
  readonly idleMs: number
  /** How large a thread's heap may be. */
  readonly heapMb: number
  readonly log: Log
}

const failed = () => new Busy('BUSY', 'This could not be drawn. Ask again in a moment.', 5)

/** A pool whose library and threads are not there before the first run, and threads not after the last. */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  let opening: Promise<Piscina> | undefined
  let opened: Piscina | undefined
  let closed = false

  async function open(): Promise<Piscina> {
    const { Piscina: Pool } = await import('piscina')
    opened = new Pool({
      filename: options.file.href,
      minThreads: 0,
      maxThreads: options.threads,
      idleTimeout: options.idleMs,
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb },
      // Nothing that is secret is of use in there.
      env: {},
      execArgv: [],
    })
    // Of a thread that died without work.
    opened.on('error', (error: unknown) => options.log.warn({ err: error }, 'a thread ended'))
    return opened
  }

  return {
    size: () => opened?.threads.length ?? 0,
    async run(name, input) {
      if (closed) throw failed()
      opening ??= open()
      const pool = await opening
      const signal = AbortSignal.timeout(options.timeoutMs)
      try {
        const made: Uint8Array<ArrayBuffer> = await pool.run(input, { name, signal })
        return Buffer.from(made.buffer, made.byteOffset, made.byteLength)
      } catch (error) {
        options.log.error({ err: error, name, tooLong: signal.aborted }, 'a thread could not do its work')
        throw failed()
      }
    },
    async close() {
      closed = true
      await (await opening)?.destroy()
    },
  }
}
