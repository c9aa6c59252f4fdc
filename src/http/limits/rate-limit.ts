import type { Plugin } from 'graphql-yoga'
import type { Context } from '../../context.ts'
import { type Caller, guest } from '../../platform/caller.ts'
import { RateLimited } from '../../platform/errors.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import type { Metrics } from '../../platform/telemetry.ts'
import type { PersistedOperation } from '../edge/persisted-operations.ts'
import type { RequestState, ServerContext } from '../request-state.ts'
import { type Bucket, openBuckets } from './rate-buckets.ts'
import { type Counted, countFieldsWith, countPlanned, identitiesIn, whoAsks } from './rate-fields.ts'
import { rateHeaders } from './rate-headers.ts'
import { callPlanOf } from './rate-plans.ts'
import { adHocRules } from './rate-rules.ts'

export interface RateLimitOptions {
  readonly openLimiter: OpenLimiter
  readonly metrics: Pick<Metrics, 'rateLimited'>
  /** Rejects for a token that is not valid. */
  readonly callerOf: (request: Request) => Promise<Caller>
}

export interface RateLimits {
  /** Stands behind the plugin that knows persisted operations. */
  readonly plugin: Plugin<Context & ServerContext, ServerContext>
  /** Counts the calls of an operation that has a plan. Throws RateLimited. */
  count(
    operation: PersistedOperation,
    context: Context,
    state: RequestState,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<void>
  /** Where a request that was counted stands. */
  headersOf(state: RequestState): [string, string][]
}

/** Refuses a whole request with 429 when one of its calls is one too many, before anything of it ran. */
export function createRateLimits(options: RateLimitOptions): RateLimits {
  const buckets = openBuckets(options.openLimiter)
  const countFields = countFieldsWith(buckets)

  async function refuse(taken: readonly Bucket[]): Promise<never> {
    const over = taken.filter(({ standing }) => !standing.allowed)
    for (const rule of new Set(over.map((bucket) => bucket.rule.name)))
      options.metrics.rateLimited.inc({ rule })
    // What did not run does not count elsewhere: one hasty guest must not use up what a whole network shares.
    const others = taken.filter(({ rule, key }) => !over.some((one) => one.rule === rule && one.key === key))
    await Promise.all(others.map(buckets.giveBack))
    throw new RateLimited(Math.max(...over.map(({ standing }) => standing.resetSeconds)))
  }

  async function judge(state: RequestState, { taken, refused }: Counted): Promise<void> {
    state.counted.push(...taken)
    if (refused) await refuse(taken)
  }

  const headersOf = (state: RequestState) => rateHeaders(state.counted)
  const plugin: RateLimits['plugin'] = {
    async onParams({ request, params, context: { state } }) {
      if (state.operation || !params.query) return
      // Whose token is not good, or cannot be looked up, is told so when the context is made.
      const caller = await options.callerOf(request).catch(() => guest)
      const counts = identitiesIn(adHocRules, whoAsks({ caller, clientIp: state.clientIp }), {})
      const taken = await Promise.all(counts.map(([rule, identity]) => buckets.take(rule, identity)))
      await judge(state, { taken, refused: taken.some(({ standing }) => !standing.allowed) })
    },
    onExecute(event) {
      const counting = countFields(event)
      if (!counting) return
      const { state } = event.args.contextValue
      return counting.then((found) => judge(state, found))
    },
    onResponse({ response, serverContext }) {
      if (!serverContext) return
      for (const [name, value] of headersOf(serverContext.state)) response.headers.set(name, value)
    },
  }
  return {
    plugin,
    headersOf,
    async count(operation, context, state, variables) {
      const plan = callPlanOf(operation)
      if (plan) await judge(state, await countPlanned(buckets, plan, context, variables))
    },
  }
}
