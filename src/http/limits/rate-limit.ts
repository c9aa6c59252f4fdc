import type { Plugin } from 'graphql-yoga'
import type { Context } from '../../context.ts'
import { type Caller, guest } from '../../platform/caller.ts'
import { RateLimited } from '../../platform/errors.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import { networkOf } from '../../platform/network.ts'
import type { Metrics } from '../../platform/telemetry.ts'
import type { RequestState, ServerContext } from '../yoga.ts'
import { type Bucket, keyOf, openBuckets } from './rate-buckets.ts'
import { countFieldsWith } from './rate-fields.ts'
import { rateHeaders } from './rate-headers.ts'
import { adHocRule } from './rate-rules.ts'

export interface RateLimitOptions {
  readonly openLimiter: OpenLimiter
  readonly metrics: Pick<Metrics, 'rateLimited'>
  /** Rejects for a token that is not valid. */
  readonly callerOf: (request: Request) => Promise<Caller>
}

/**
 * Refuses a whole request with 429 when one of its calls is one too many, before anything of it ran. Stands behind the
 * plugin that knows persisted operations.
 */
export function useRateLimits(options: RateLimitOptions): Plugin<Context & ServerContext, ServerContext> {
  const buckets = openBuckets(options.openLimiter)
  const countFields = countFieldsWith(buckets)
  const counted = new WeakMap<RequestState, Bucket[]>()

  async function refuse(taken: readonly Bucket[]): Promise<never> {
    const over = taken.filter(({ standing }) => !standing.allowed)
    for (const rule of new Set(over.map((bucket) => bucket.rule.name)))
      options.metrics.rateLimited.inc({ rule })
    // What did not run does not count elsewhere: one hasty guest must not use up what a whole network shares.
    const others = taken.filter(({ rule, key }) => !over.some((one) => one.rule === rule && one.key === key))
    await Promise.all(others.map(buckets.giveBack))
    throw new RateLimited(Math.max(...over.map(({ standing }) => standing.resetSeconds)))
  }

  return {
    async onParams({ request, params, context: { state } }) {
      if (state.operation || !params.query) return
      const caller = await options.callerOf(request).catch(() => guest)
      const identity = adHocRule.by({ caller, network: networkOf(state.clientIp) }, {}) ?? ''
      const bucket = await buckets.take(adHocRule.name, keyOf(identity))
      counted.set(state, [bucket])
      if (!bucket.standing.allowed) await refuse([bucket])
    },
    onExecute(event) {
      const counting = countFields(event)
      if (!counting) return
      const { state } = event.args.contextValue
      return counting.then(({ taken, refused }) => {
        counted.set(state, [...(counted.get(state) ?? []), ...taken])
        return refused ? refuse(taken) : undefined
      })
    },
    onResponse({ response, serverContext }) {
      const taken = serverContext && counted.get(serverContext.state)
      for (const [name, value] of rateHeaders(taken ?? [])) response.headers.set(name, value)
    },
  }
}
