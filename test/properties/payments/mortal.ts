// A process that dies: nothing that it does afterwards happens, and nobody catches its death.
import type { AppDeps } from '../../../src/context.ts'
import type { MessageDeps } from '../../../src/modules/messages/channels.ts'

type Deps = AppDeps & MessageDeps

class Killed extends Error {}

/**
 * Runs a command or job in a process that dies at its nth step: before or after it asks the provider or the mail server,
 * before a statement, or before or after a COMMIT. True when it
 * lived; what it said then is nobody's business, for it is run again. Comes back when what was on its way has landed.
 */
export async function untilDeath(
  deps: Deps,
  steps: number,
  run: (deps: Deps) => Promise<unknown>,
): Promise<boolean> {
  let left = steps
  const onTheWay = new Set<Promise<unknown>>()
  const death = Promise.withResolvers<false>()
  const dead = () => left < 0

  function step(): Promise<void> | null {
    left -= 1
    if (!dead()) return null
    death.resolve(false)
    return forever
  }
  async function landed<T>(work: Promise<T>): Promise<T> {
    onTheWay.add(work)
    try {
      return await work
    } finally {
      onTheWay.delete(work)
    }
  }
  const asking =
    <A, R>(call: (asked: A) => Promise<R>) =>
    async (asked: A): Promise<R> => {
      await step()
      const done = await landed(call(asked))
      await step()
      return done
    }
  const { gateway, mailer, prisma } = deps
  const transact = async (work: (tx: unknown) => Promise<unknown>, options?: object): Promise<unknown> => {
    await step()
    const committed = landed(
      prisma.$transaction(async (tx) => {
        const done = await work(tx)
        // Its connection breaks with it, and PostgreSQL rolls back.
        if (step()) throw new Killed()
        return done
      }, options),
    )
    const done = await committed.catch((error: unknown) => (dead() ? forever : Promise.reject(error)))
    await step()
    return done
  }
  const mortal: Deps = {
    ...deps,
    gateway: {
      ...gateway,
      charge: asking(gateway.charge),
      refund: asking(gateway.refund),
      status: asking(gateway.status),
      cancel: asking(gateway.cancel),
      expire: asking(gateway.expire),
    },
    mailer: { send: asking(mailer.send) },
    prisma: new Proxy(prisma, {
      get(target, name) {
        if (name === '$transaction') return transact
        if (step()) return nothing
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
  }
  const lived = await Promise.race([
    run(mortal).then(
      () => true,
      () => true,
    ),
    death.promise,
  ])
  await Promise.allSettled(onTheWay)
  return lived
}

const forever = new Promise<never>(() => undefined)

/** Whatever is asked of it, no answer comes. */
const nothing: unknown = new Proxy(() => undefined, { get: () => nothing, apply: () => forever })
