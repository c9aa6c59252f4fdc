import { type Caller, callerKey, requireAccount } from '../../platform/caller.ts'
import type { Deps } from '../../platform/deps.ts'
import { NotFound } from '../../platform/errors.ts'
import { type Answer, claimOf, idempotent } from '../../platform/idempotency.ts'
import { parseId } from '../../platform/ids.ts'
import { retryDead } from '../../platform/outbox-rows.ts'
import { audit } from '../organizers/audit.ts'
import { requirePermission } from '../organizers/permissions.ts'
import { type DeadLetter, shown } from './queries.ts'

/**
 * Lets a job that was given up be tried twelve times more, at once, by whichever process takes it. One that is no longer
 * given up stays as it is. Throws NotFound, also for another organizer's and for nobody's, and Forbidden.
 */
export async function retryDeadLetter(
  deps: Deps,
  caller: Caller,
  id: string,
  idempotencyKey: string,
): Promise<Answer<DeadLetter>> {
  const { accountId: actorId } = requireAccount(caller)
  const jobId = parseId(id)
  const job = jobId ? await deps.prisma.outbox.findUnique({ where: { id: jobId } }) : null
  if (!job?.organizerId) throw new NotFound('The dead letter')
  const { organizerId, kind } = job
  requirePermission(caller, organizerId, 'job.manage', 'The dead letter')
  const claim = claimOf(callerKey(caller, ''), 'retryDeadLetter', idempotencyKey, { id: job.id })
  return idempotent(deps, claim, async (tx) => {
    if ((await retryDead(tx, job.id, deps.clock.now())) > 0) {
      await audit(deps, tx, {
        organizerId,
        actorId,
        action: 'job.retry',
        targetType: 'Job',
        targetId: job.id,
        data: { kind, attempts: job.attempts },
      })
    }
    return tx.outbox.findUniqueOrThrow({ where: { id: job.id }, select: shown })
  })
}
