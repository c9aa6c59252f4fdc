import { z } from 'zod'
import type { AppDeps } from '../../context.ts'
import { playSandbox } from '../../modules/payments/play-sandbox.ts'
import { sandboxWebhook } from './payment-webhooks.ts'
import { json, path, type Route } from './route.ts'
import { sandboxPage } from './sandbox-page.ts'

const Body = z.object({ outcome: z.enum(['settle', 'deny', 'expire']) })

/** The development provider: a page to pay on, and the call behind its buttons. Not there in production. */
export function sandboxRoutes(deps: AppDeps, ownAddress: () => string): Route[] {
  return [
    sandboxWebhook(deps),
    {
      name: 'sandbox-page',
      reach: 'public',
      method: 'GET',
      path: path('/sandbox/payments/:id'),
      async handle({ params }) {
        const payment = await playSandbox(deps).find(params['id'] ?? '')
        return payment ? sandboxPage(payment) : { status: 404, body: 'The sandbox knows no such payment.\n' }
      },
    },
    {
      name: 'sandbox-outcome',
      reach: 'public',
      method: 'POST',
      path: path('/sandbox/payments/:id'),
      async handle({ params, body, headers }) {
        // The page's buttons are a form, so that it needs no script.
        const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
        const parsed = Body.safeParse(
          isForm ? Object.fromEntries(new URLSearchParams(`${body}`)) : parse(body),
        )
        if (!parsed.success) return json(400, { error: 'Post {"outcome":"settle"}, "deny" or "expire".' })
        const notification = await playSandbox(deps).notification(params['id'] ?? '', parsed.data.outcome)
        if (!notification) return json(404, { error: 'The sandbox knows no such payment.' })
        // Over HTTP, as the provider would: the webhook cannot tell the difference.
        const answer = await fetch(`${ownAddress()}/webhooks/sandbox`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(notification),
          signal: AbortSignal.timeout(15_000),
        })
        if (isForm && answer.ok)
          return { status: 303, headers: { Location: `/sandbox/payments/${params['id']}` } }
        return json(answer.ok ? 200 : 502, { outcome: parsed.data.outcome, webhook: answer.status })
      },
    },
  ]
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
