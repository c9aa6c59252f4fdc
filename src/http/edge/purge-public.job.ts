import { z } from 'zod'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Cdn } from './cdn/cdn.ts'
import type { Purges } from './purge.ts'

export const PURGE_CDN_AGAIN = 'purge-cdn-again'

const Payload = z.object({ tags: z.array(z.string()) })

// Longer than any answer of ours takes. A purge that meets a fetch in flight removes nothing, and the CDN then stores what
// was read before the change; so it is purged once more when no such fetch can be left.
const AGAIN_AFTER_SECONDS = 12

/** Makes sure that every cache has forgotten answers with these tags. Repeating it only costs a few misses. */
export async function purgePublic(
  deps: Deps & { readonly purges: Purges; readonly cdn: Cdn | null },
  payload: unknown,
): Promise<void> {
  const { tags } = Payload.parse(payload)
  await deps.purges.purge(tags)
  if (!deps.cdn) return
  await purgeCdn(deps, payload)
  const dueAt = addSeconds(deps.clock.now(), AGAIN_AFTER_SECONDS)
  await enqueue(deps, deps.prisma, [{ kind: PURGE_CDN_AGAIN, payload: { tags }, dueAt }])
}

/** Purges the CDN alone. */
export async function purgeCdn(
  { cdn, metrics }: Pick<Deps, 'metrics'> & { readonly cdn: Cdn | null },
  payload: unknown,
): Promise<void> {
  if (!cdn) return
  try {
    await cdn.purge(Payload.parse(payload).tags)
    metrics.purges.inc({ cache: cdn.name, outcome: 'done' })
  } catch (error) {
    metrics.purges.inc({ cache: cdn.name, outcome: 'failed' })
    throw error
  }
}
