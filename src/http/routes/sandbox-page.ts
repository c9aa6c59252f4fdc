import { createHash } from 'node:crypto'
import type { SandboxPayment } from '../../modules/payments/play-sandbox.ts'
import { escapeHtml } from '../../platform/escape-html.ts'
import type { Reply } from './route.ts'

type Outcome = 'settle' | 'deny' | 'expire'

// Contrast of 4.5 and more in both schemes.
const STYLE = `
:root{color-scheme:light dark;--ground:#eef0f6;--card:#fff;--ink:#171a2b;--soft:#555b73;--line:#c9cede;--band:#2b2f77;--warn:#9b1c1c;--good:#14653a}
@media (prefers-color-scheme:dark){:root{--ground:#0d0f1a;--card:#1a1d2e;--ink:#f2f3fa;--soft:#aab0c8;--line:#3a3f58;--band:#3a3f9a;--warn:#ffb4ab;--good:#8fe0b0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:30rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.25rem;margin:0;padding:1rem 1.25rem;background:var(--band);color:#fff}
article{background:var(--card);border-radius:1rem;overflow:hidden;box-shadow:0 1px 2px #0003,0 8px 24px #0002}
.body{padding:1rem 1.25rem 1.25rem}
.amount{font-size:1.75rem;font-weight:700;margin:0}
.state{font-weight:700;margin:.25rem 0 1rem}.good{color:var(--good)}.warn{color:var(--warn)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1rem;margin:0 0 1rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
form{display:grid;gap:.6rem}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1rem;border-radius:.6rem;border:1px solid var(--line);background:transparent;color:var(--ink);cursor:pointer}
button.first{background:var(--band);border-color:var(--band);color:#fff}
button:focus-visible{outline:3px solid var(--soft);outline-offset:2px}
.note{color:var(--soft);font-size:.9rem;margin:1rem 0 0}
`
const hash = createHash('sha256').update(STYLE).digest('base64')
const POLICY = `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

interface State {
  readonly says: string
  readonly tone: 'good' | 'warn' | ''
  /** What can still be done, what is likely first. */
  readonly buttons: readonly (readonly [Outcome, string])[]
}

// A provider may take money after it refused or after the time was over, so that can be tried here.
const LATE: State['buttons'] = [['settle', 'Pay all the same']]
const STATES: Readonly<Record<SandboxPayment['status'], State>> = {
  PENDING: {
    says: 'Waits for your payment',
    tone: '',
    buttons: [
      ['settle', 'Pay'],
      ['deny', 'Refuse'],
      ['expire', 'Let it expire'],
    ],
  },
  SETTLED: { says: 'Paid', tone: 'good', buttons: [] },
  FAILED: { says: 'Refused or cancelled', tone: 'warn', buttons: LATE },
  EXPIRED: { says: 'Expired', tone: 'warn', buttons: LATE },
  REFUNDED: { says: 'Refunded', tone: '', buttons: [] },
  PARTIALLY_REFUNDED: { says: 'Refunded in part', tone: '', buttons: [] },
}

/** The page of one payment at the development provider: what it is for, how it stands, and what can be done. No script. */
export function sandboxPage(payment: SandboxPayment): Reply {
  const { says, tone, buttons } = STATES[payment.status]
  const facts: [string, string | null][] = [
    ['Order', payment.orderNumber],
    ['For', payment.eventTitle],
    ['Method', payment.method.replaceAll('_', ' ')],
    ['Payment', payment.id],
  ]
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${says} – sandbox payment</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<article>
<h1>Sandbox payment</h1>
<div class="body">
<p class="amount">${payment.currencyCode} ${payment.amount}</p>
<p class="state ${tone}" role="status">${says}</p>
<dl>${facts.map(([name, value]) => (value === null ? '' : `<dt>${name}</dt><dd dir="auto">${escapeHtml(value)}</dd>`)).join('')}</dl>
${buttons.length > 0 ? `<form method="post">${buttons.map(button).join('')}</form>` : ''}
<p class="note">No money moves here. ${buttons.length > 0 ? 'Each button makes the sandbox tell the payment webhook, as a provider would.' : 'There is nothing left to do on this page.'}</p>
</div>
</article>
</main>
</body>
</html>
`
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': POLICY,
    'Cache-Control': 'no-store',
  }
  return { status: 200, headers, body: html }
}

const button = ([outcome, label]: readonly [Outcome, string], at: number): string =>
  `<button name="outcome" value="${outcome}"${at === 0 ? ' class="first"' : ''}>${label}</button>`
