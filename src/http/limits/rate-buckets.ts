import type { OpenLimiter, Standing } from '../../platform/limiter.ts'
import { ownFirst } from '../../platform/own-first.ts'
import { adHocRules, type Rule, rules } from './rate-rules.ts'

/** One call as one rule counted it. */
export interface Bucket {
  readonly rule: Rule
  readonly key: string
  readonly standing: Standing
}

export interface Buckets {
  /** Counts a call. `rule` is the name of a rule. */
  take(rule: string, key: string): Promise<Bucket>
  /** Takes a call back. */
  giveBack(bucket: Bucket): Promise<void>
}

export function openBuckets(openLimiter: OpenLimiter): Buckets {
  const limiterOf = (rule: Rule) => {
    const shared = openLimiter(rule.name, rule)
    return rule.ownFirst ? ownFirst(shared, rule) : shared
  }
  const open = new Map(
    [...rules, ...adHocRules].map((rule) => [rule.name, { rule, limiter: limiterOf(rule) }] as const),
  )
  const find = (name: string) => {
    const found = open.get(name)
    if (!found) throw new Error(`There is no rule ${name}.`)
    return found
  }
  return {
    async take(name, key) {
      const { rule, limiter } = find(name)
      return { rule, key, standing: await limiter.take(key) }
    },
    giveBack: ({ rule, key }) => find(rule.name).limiter.giveBack(key),
  }
}
