// Words to the planner, because a transaction finds its rows by keys. No sequential scans, and no joins that read a table
// whole: in the first minute of a sale tables grow from nothing, and a plan that was made then, and is kept, would read all of
// them. Other tables stay small, and whoever has read a row at this isolation is in the way of whoever changes it. And plans
// are kept: to plan a lone order anew costs PostgreSQL as much as to place it.
const PLANNER = [
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'plan_cache_mode = force_generic_plan',
]
  .map((setting) => `SET LOCAL ${setting}`)
  .join('; ')

/** One statement that begins a transaction, at the isolation that serializable.ts names. */
export const beginAt = (isolation: string): string => `BEGIN ${isolation}; ${PLANNER}`
