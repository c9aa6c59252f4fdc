import { type KeptMail, keptMail, keptMails } from '../../modules/messages/kept-mail.ts'
import { escapeHtml } from '../../platform/escape-html.ts'
import { path, type Reply, type Route, type RouteRequest } from './route.ts'

const HERE = new Set(['localhost', '127.0.0.1', '[::1]'])
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1)$/
const NOTHING: Reply = { status: 404, body: 'There is nothing here.\n' }
// A page of ours shows lists and a frame; a mail shows its own pictures and nothing from elsewhere, and runs nothing.
const PAGE = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'"
const MAIL =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
  "img-src data:; form-action 'none'; frame-ancestors 'self'"

/** The mails that development keeps instead of sending them. Not there in production, nor for other machines. */
export function devMailRoutes(folder: string): Route[] {
  const route = (
    name: string,
    pathname: string,
    show: (request: RouteRequest) => Promise<Reply | null>,
  ): Route => ({
    name,
    reach: 'internal',
    method: 'GET',
    path: path(pathname),
    // The name in the address too: a page on another site could give its own name our address.
    async handle(request) {
      if (!LOOPBACK.test(request.clientIp) || !HERE.has(hostOf(request))) return NOTHING
      return (await show(request)) ?? NOTHING
    },
  })
  const find = ({ params }: RouteRequest) => keptMail(folder, params['id'] ?? '')
  return [
    route('dev-mail', '/dev/mail', async () => html(PAGE, list(await keptMails(folder)))),
    route('dev-mail-one', '/dev/mail/:id', async (request) => {
      const mail = await find(request)
      return mail && html(PAGE, one(mail))
    }),
    route('dev-mail-html', '/dev/mail/:id/html', async (request) => {
      const mail = await find(request)
      // Its links open beside it: in the frame the sandbox would hold them.
      return mail && html(MAIL, mail.html.replace('<meta charset', '<base target="_blank"><meta charset'))
    }),
    route('dev-mail-file', '/dev/mail/:id/files/:index(\\d+)', async (request) => {
      const file = (await find(request))?.files[Number(request.params['index'])]
      return file ? download(file) : null
    }),
  ]
}

const hostOf = ({ headers }: RouteRequest): string =>
  URL.parse(`http://${headers.host ?? ''}`)?.hostname ?? ''

const html = (policy: string, body: string): Reply => ({
  status: 200,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
    'Referrer-Policy': 'no-referrer',
  },
  body,
})

const download = ({ name, type, content }: KeptMail['files'][number]): Reply => ({
  status: 200,
  headers: {
    'Content-Type': /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '_')}"`,
    'Content-Security-Policy': "sandbox; default-src 'none'",
  },
  body: content,
})

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}td,th{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top}iframe{width:100%;height:36rem;border:1px solid #888;background:#fff}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style>
${body}
</html>
`

const list = (mails: readonly KeptMail[]): string =>
  page(
    'Mail',
    `<h1>Mail</h1>
<p>What was sent while there is no SMTP_URL, newest first. Nothing left this machine.</p>
${mails.length === 0 ? '<p>None yet.</p>' : ''}
<table>${mails.map(line).join('\n')}</table>`,
  )

const line = ({ id, keptAt, to, subject, files }: KeptMail): string =>
  `<tr><td>${keptAt.toISOString()}</td><td>${escapeHtml(to)}</td>` +
  `<td><a href="/dev/mail/${id}">${escapeHtml(subject) || '(no subject)'}</a></td><td>${files.length || ''}</td></tr>`

const one = (mail: KeptMail): string =>
  page(
    mail.subject,
    `<p><a href="/dev/mail">All mail</a></p>
<h1>${escapeHtml(mail.subject)}</h1>
<table>
<tr><th>From</th><td>${escapeHtml(mail.from)}</td></tr>
<tr><th>To</th><td>${escapeHtml(mail.to)}</td></tr>
<tr><th>Kept</th><td>${mail.keptAt.toISOString()}</td></tr>
<tr><th>Files</th><td>${mail.files.map(({ name }, index) => `<a href="/dev/mail/${mail.id}/files/${index}">${escapeHtml(name)}</a>`).join('<br>') || 'none'}</td></tr>
</table>
<iframe src="/dev/mail/${mail.id}/html" sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail"></iframe>
<h2>As text</h2>
<pre>${escapeHtml(mail.text)}</pre>`,
  )
