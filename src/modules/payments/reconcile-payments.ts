import type { Deps } from '../../platform/deps.ts'
import { fewAtOnce } from '../../platform/few-at-once.ts'
import { type CheckDeps, checkPayment } from './check-payment.ts'
import { GatewayAway, GatewayBusy, GatewayUnavailable } from './gateway.ts'
import { putBack, putOff, takeUp } from './reconcile-queries.ts'

const BATCH = 50
const AT_ONCE = 8
const SLOW_MS = 60_000

/**
 * Asks the provider for payments whose charge was not answered, or whose time is nearly or quite over, and does what it
 * says. Any number of processes may do so at once: each takes up other payments. Resolves with how many it asked for.
 */
export async function reconcilePayments(deps: CheckDeps, signal?: AbortSignal): Promise<number> {
  const { prisma, clock, gateway } = deps
  let asked = 0
  while (!signal?.aborted) {
    await putOff(prisma, gateway.name, clock.now())
    const ids = await takeUp(prisma, gateway.name, clock.now(), BATCH)
    const answered = await checkAll(deps, ids, signal)
    asked += answered.count
    // While the provider answers nobody, the others wait for their turn.
    if (ids.length < BATCH || !answered.all) break
  }
  return asked
}

async function checkAll(
  deps: CheckDeps,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ count: number; all: boolean }> {
  const checks = fewAtOnce(AT_ONCE, SLOW_MS)
  const left: string[] = []
  let count = 0
  let away = false
  await Promise.all(
    ids.map((id) =>
      checks.run(async () => {
        if (away || signal?.aborted) {
          left.push(id)
          return
        }
        try {
          deps.metrics.paymentChecks.inc({ outcome: await checkPayment(deps, id) })
          count += 1
        } catch (error) {
          away ||= error instanceof GatewayAway || error instanceof GatewayBusy
          // It was not this one's fault, and it loses no time.
          if (error instanceof GatewayBusy) left.push(id)
          failed(deps, id, error)
        }
      }),
    ),
  )
  if (left.length > 0) await putBack(deps.prisma, left, deps.clock.now())
  return { count, all: !away }
}

function failed(deps: Deps, paymentId: string, error: unknown): void {
  deps.metrics.paymentChecks.inc({ outcome: 'failed' })
  if (error instanceof GatewayUnavailable) {
    deps.log.warn(
      { paymentId, reason: error.message },
      'the payment provider does not say what became of a payment',
    )
  } else
    deps.log.error({ err: error, paymentId }, 'a payment could not be reconciled and will be tried again')
}
