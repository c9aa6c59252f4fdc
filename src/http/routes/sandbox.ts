import { z } from 'zod'
import type { AppDeps } from '../../context.ts'
import { playSandbox } from '../../modules/payments/play-sandbox.ts'
import { sandboxWebhook } from './payment-webhooks.ts'
import { json, path, type Reply, type Route } from './route.ts'

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
        return payment ? page(payment) : { status: 404, body: 'The sandbox knows no such payment.\n' }
      },
    },
    {
      name: 'sandbox-outcome',
      reach: 'public',
      method: 'POST',
      path: path('/sandbox/payments/:id'),
      async handle({ params, body }) {
        const parsed = Body.safeParse(parse(body))
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

function page(payment: {
  id: string
  amount: string
  currencyCode: string
  method: string
  status: string
}): Reply {
  const button = (outcome: string, label: string) => `<button data-outcome="${outcome}">${label}</button>`
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox payment</title>
<style>body{font:16px/1.5 system-ui;max-width:28rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 1rem;margin:0 .5rem .5rem 0}</style>
<h1>Sandbox payment</h1>
<p>${payment.currencyCode} ${payment.amount} by ${payment.method}. Status: <output id="status">${payment.status}</output></p>
<p>${button('settle', 'Pay')}${button('deny', 'Refuse')}${button('expire', 'Let it expire')}</p>
<p>No money moves here. The buttons make the sandbox call the payment webhook.</p>
<script>
for (const button of document.querySelectorAll('button')) button.onclick = async () => {
  const answer = await fetch(location.href, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ outcome: button.dataset.outcome }) })
  document.getElementById('status').value = answer.ok ? 'told the webhook: ' + button.dataset.outcome : 'the webhook refused'
}
</script>
</html>
`
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: html }
}
