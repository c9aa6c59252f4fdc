import type { Deps } from '../platform/deps.ts'
import type { Readiness } from '../platform/readiness.ts'
import { sameSecret } from '../platform/same-secret.ts'
import { json, path, type Route } from './routes/route.ts'

/** Liveness, readiness and metrics. */
export function probeRoutes(
  { metrics }: Pick<Deps, 'metrics'>,
  options: { readiness: Readiness; metricsToken: string | null; isStopping: () => boolean },
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
        // Anybody may ask: what is amiss stands in /metrics and in the log.
        const status = options.isStopping() ? 'stopping' : await options.readiness.check()
        return json(status === 'ok' || status === 'degraded' ? 200 : 503, { status })
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
        const { registry, beforeScrape } = metrics
        // For the next scrape: this one waits for nobody.
        void options.readiness.check()
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
