import type { Deps } from '../platform/deps.ts'
import { expectPrimary } from '../platform/primary.ts'
import { sameSecret } from '../platform/same-secret.ts'
import { json, path, type Route } from './routes/route.ts'

const PATIENCE_MS = 2_000

/** Liveness, readiness and metrics. */
export function probeRoutes(
  deps: Deps,
  options: { metricsToken: string | null; isStopping: () => boolean },
): Route[] {
  return [
    {
      name: 'health-live',
      reach: 'public',
      method: 'GET',
      path: path('/health/live'),
      handle: async () => json(200, { status: 'ok' }),
    },
    {
      name: 'health-ready',
      reach: 'public',
      method: 'GET',
      path: path('/health/ready'),
      async handle() {
        const [database, redis] = await Promise.all([
          check(expectPrimary(deps.prisma)),
          check(deps.redis.ping()),
        ])
        const stopping = options.isStopping()
        // Without Redis reads and orders go on, so it is reported and does not take the process out of service.
        const ready = database === 'ok' && !stopping
        const status = stopping
          ? 'stopping'
          : redis === 'ok' && ready
            ? 'ok'
            : ready
              ? 'degraded'
              : 'unavailable'
        return json(ready ? 200 : 503, { status, database, redis })
      },
    },
    {
      name: 'metrics',
      reach: 'internal',
      method: 'GET',
      path: path('/metrics'),
      async handle({ headers }) {
        const { metricsToken } = options
        if (metricsToken && !sameSecret(headers.authorization ?? '', `Bearer ${metricsToken}`)) {
          return {
            status: 401,
            headers: { 'WWW-Authenticate': 'Bearer' },
            body: 'Metrics need their token.\n',
          }
        }
        const { registry, beforeScrape } = deps.metrics
        for (const settle of beforeScrape) settle()
        return {
          status: 200,
          headers: { 'Content-Type': registry.contentType },
          body: await registry.metrics(),
        }
      },
    },
  ]
}

async function check(answer: Promise<unknown>): Promise<'ok' | 'unavailable'> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('late')), PATIENCE_MS).unref()
  })
  return Promise.race([answer, late]).then(
    () => 'ok' as const,
    () => 'unavailable' as const,
  )
}
