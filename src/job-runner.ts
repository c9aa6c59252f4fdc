// What works jobs, and all that only jobs need: an HTTP process loads this file only if jobs run in it.
import type { Config } from './config/config-of.ts'
import type { AppDeps } from './context.ts'
import type { MessageCause } from './generated/prisma/enums.ts'
import { expectFree, listen } from './http/listen.ts'
import { createProbeServer } from './http/probe-server.ts'
import { probeRoutes } from './http/probes.ts'
import { chores, jobHandlers, MESSAGE_KINDS } from './jobs.ts'
import { mailLinks } from './modules/documents/mail-links.ts'
import { paidDocuments } from './modules/documents/paid-documents.ts'
import { mailPickup } from './modules/fulfilment/mail-pickup.ts'
import { ownerOf } from './modules/jobs/queries.ts'
import {
  type Documents,
  type MessageDeps,
  NO_DOCUMENTS,
  UNPAID_LIMIT,
  UNPAID_NETWORK_LIMIT,
} from './modules/messages/channels.ts'
import { createCloudApi } from './modules/messages/whatsapp.ts'
import { connect, type Parts } from './parts.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import { measureOutbox } from './platform/job-gauges.ts'
import { type Jobs, startJobs } from './platform/jobs.ts'
import type { OpenLimiter } from './platform/limiter.ts'
import { createMailer } from './platform/mailer.ts'
import { openQueueRedis } from './platform/redis.ts'

/** Nobody waits for a job, and clearing up after a sale is more work than any request. */
const JOB_TIMEOUT_MS = 60_000

/** The job process: the same parts, and no HTTP but probes and metrics, if it has a port. */
export async function createWorker(
  config: Config,
  options: { clock?: Clock } = {},
): Promise<{ deps: AppDeps; close(): Promise<void> }> {
  const { workerPort: port, host } = config
  const address = port === null ? null : ({ port, host, setting: 'WORKER_PORT' } as const)
  if (address) await expectFree(address)
  const parts = connect(config, options.clock ?? systemClock, JOB_TIMEOUT_MS)
  const { deps } = parts
  measureOutbox(deps)
  let stopping = false
  const probes = createProbeServer(
    probeRoutes(deps, {
      readiness: parts.readiness,
      metricsToken: config.metricsToken,
      isStopping: () => stopping,
    }),
    deps.log,
  )
  if (address) await listen(probes, address)
  const jobs = runJobs(config, parts)
  return {
    deps,
    async close() {
      stopping = true
      await jobs.close()
      probes.close()
      probes.closeAllConnections()
      await parts.close()
    },
  }
}

/** Works jobs, in whichever process has these parts. */
export function runJobs(config: Config, { deps, openLimiter }: Parts): Jobs {
  const connection = openQueueRedis(config.redisUrl, deps.log)
  const jobs = startJobs(deps, {
    connection,
    handlers: jobHandlers(withMessages(config, deps, openLimiter)),
    chores: chores(deps),
    pollMs: config.outboxPollMs,
    concurrency: config.jobConcurrency,
    messageKinds: MESSAGE_KINDS,
    messagesPerSecond: config.messagesPerSecond,
    ownerOf: (row) => ownerOf(deps, row),
  })
  return {
    async close() {
      await jobs.close()
      connection.disconnect()
    },
  }
}

// What clocks of two machines may differ by, and more.
const LEASE_MARGIN_SECONDS = 15

function withMessages(config: Config, deps: AppDeps, openLimiter: OpenLimiter): AppDeps & MessageDeps {
  const longestMs = Math.max(3 * config.mail.timeoutMs, config.whatsapp?.timeoutMs ?? 0)
  return {
    ...deps,
    mailer: createMailer(config.mail),
    whatsapp: config.whatsapp && createCloudApi(config.whatsapp),
    leaseSeconds: longestMs / 1_000 + LEASE_MARGIN_SECONDS,
    unpaidLimit: openLimiter('unpaid-messages', UNPAID_LIMIT),
    unpaidNetworkLimit: openLimiter('unpaid-messages-network', UNPAID_NETWORK_LIMIT),
    documentsFor: (cause, orderId) => documentsFor(deps, cause, orderId),
  }
}

/** The mail of a paid order brings all that the buyer needs; those about it later lead there. */
async function documentsFor(deps: AppDeps, cause: MessageCause, orderId: string): Promise<Documents> {
  if (cause === 'ORDER_PLACED' || cause === 'ORDER_EXPIRED') return NO_DOCUMENTS
  const links = await mailLinks(deps, orderId)
  if (cause !== 'ORDER_PAID') return { ...NO_DOCUMENTS, ...links }
  const [attachments, pickup] = await Promise.all([paidDocuments(deps, orderId), mailPickup(deps, orderId)])
  return { ...links, attachments, pickup }
}
