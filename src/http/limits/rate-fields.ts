import { AsyncLocalStorage } from 'node:async_hooks'
import { type ConfigByField, type Store, useRateLimiter } from '@envelop/rate-limiter'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../../context.ts'
import { networksOf } from '../../platform/network.ts'
import type { ServerContext } from '../request-state.ts'
import type { Bucket, Buckets } from './rate-buckets.ts'
import { callsOf } from './rate-calls.ts'
import type { PlannedCall } from './rate-plans.ts'
import { type Rule, rules, type Who } from './rate-rules.ts'

type Execution = Parameters<NonNullable<Plugin<Context & ServerContext>['onExecute']>>[0]

/** Counts the calls of a request before it runs, and says whether one was one too many; null where there are none. */
export type CountFields = (event: Execution) => Promise<Counted> | null

export interface Counted {
  readonly taken: Bucket[]
  readonly refused: boolean
}

/**
 * @envelop/rate-limiter finds the limited fields, their arguments and callers, and refuses; `buckets` count.
 * A request that is no mutation never gets so far.
 */
export function countFieldsWith(buckets: Buckets): CountFields {
  const counting = new AsyncLocalStorage<Bucket[]>()
  // The package's own stores read first and write later, so that parallel calls all pass. This one counts and judges in
  // one step: it answers with no earlier calls, or with as many as there may be.
  const store: Store = {
    async getForIdentity({ fieldIdentity }) {
      const { field, counts } = parseIdentity(fieldIdentity)
      const taken = await Promise.all(counts.map(([rule, key]) => buckets.take(rule, key)))
      counting.getStore()?.push(...taken)
      const refused = taken.some(({ standing }) => !standing.allowed)
      return refused ? Array(rulesOf(field)[0]?.points ?? 1).fill(Date.now()) : []
    },
    setForIdentity: () => undefined,
  }
  const plugin = useRateLimiter({
    store,
    configByField: [...byField.keys()].map(configOf),
    identifyFn: () => '',
  })

  return (event) => {
    const calls = callsOf(event.args)
    if (!calls) return null
    const taken: Bucket[] = []
    let refused = false
    // The package would also count what is skipped or belongs to another operation, and knows no defaults of variables:
    // it sees only what will run, as it will run.
    const narrowed = {
      ...event,
      args: { ...event.args, document: calls.document, variableValues: calls.variables },
      setResultAndStopExecution: () => {
        refused = true
      },
    }
    return (async () => {
      // It types its hook for a context that holds a function of its own, which it does not use here.
      await counting.run(taken, () => plugin.onExecute?.(narrowed as never))
      return { taken, refused }
    })()
  }
}

/**
 * As the package would, for calls that are known beforehand. A variable counts as it came: what the executor will refuse
 * is counted too.
 */
export async function countPlanned(
  buckets: Buckets,
  plan: readonly PlannedCall[],
  context: Context,
  variables: Readonly<Record<string, unknown>>,
): Promise<Counted> {
  const who = whoAsks(context)
  const taken: Bucket[] = []
  for (const call of plan) {
    const args = Object.fromEntries(call.args.map(([name, variable]) => [name, variables[variable]]))
    const counts = identitiesIn(rulesOf(call.field), who, args)
    taken.push(...(await Promise.all(counts.map(([rule, identity]) => buckets.take(rule, identity)))))
    if (taken.some(({ standing }) => !standing.allowed)) return { taken, refused: true }
  }
  return { taken, refused: false }
}

export const whoAsks = ({ caller, clientIp }: Pick<Context, 'caller' | 'clientIp'>): Who => ({
  caller,
  networks: networksOf(clientIp),
})

/** Who a call counts for, by rule. */
export const identitiesIn = (own: readonly Rule[], who: Who, args: Readonly<Record<string, unknown>>) =>
  own.flatMap((rule): [rule: string, identity: string][] => {
    const identity = rule.by(who, args)
    return identity === null ? [] : [[rule.name, identity]]
  })

const byField = new Map(
  rules
    .flatMap((one) => one.fields)
    .map((field) => [field, rules.filter(({ fields }) => fields.includes(field))]),
)

const rulesOf = (field: string): readonly Rule[] => byField.get(field) ?? []

/** All rules of a field in one configuration: the package refuses a second one. */
function configOf(field: string): ConfigByField {
  const own = rulesOf(field)
  return {
    type: 'Mutation',
    field,
    max: own[0]?.points ?? 1,
    window: `${own[0]?.seconds ?? 1}s`,
    identifyFn: (context, args) =>
      identitiesIn(own, whoAsks(context as Context), args)
        .map(([rule, identity]) => `${rule}=${Buffer.from(identity).toString('base64url')}`)
        .join(' '),
  }
}

/** What the package makes of a field and configOf's identifier: `createOrder:orders=<base64url> guests=<base64url>`. */
function parseIdentity(identity: string): { field: string; counts: [rule: string, key: string][] } {
  const [field = '', identifier = ''] = identity.split(':')
  const counts = identifier.split(' ').map((one): [string, string] => {
    const [rule = '', identity = ''] = one.split('=')
    return [rule, Buffer.from(identity, 'base64url').toString()]
  })
  return { field, counts }
}
