import type { Deps } from '../../platform/deps.ts'
import { escapeHtml } from '../../platform/escape-html.ts'
import type { Mail } from '../../platform/mailer.ts'
import type { Invited } from './create-organizer.ts'
import { invitationUrl } from './invitations.ts'

/** The link to an invitation, by mail, in both languages: nothing is known yet of who reads it. */
export function invitationMail(deps: Pick<Deps, 'settings'>, { invitation, token }: Invited): Mail {
  const url = invitationUrl(deps, token)
  const { name } = invitation.organizer
  const until = `${invitation.expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const paragraphs = [
    `Anda diundang menjadi pemilik ${name} di Karcis. Buka tautan ini dan tentukan kata sandi. Berlaku sekali, sampai ${until}:`,
    url,
    `You are invited to be an owner of ${name} at Karcis. Open the link and choose a password. It works once, until ${until}.`,
    'Tidak menunggu undangan ini? Abaikan saja. / You did not expect this? Ignore it.',
  ]
  const shown = paragraphs.map((text) =>
    text === url
      ? `<p><a href="${escapeHtml(url)}">${escapeHtml(url)}</a></p>`
      : `<p>${escapeHtml(text)}</p>`,
  )
  return {
    id: invitation.id,
    date: invitation.createdAt,
    to: invitation.email,
    subject: `Undangan untuk ${name} / Your invitation to ${name}`,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="id">\n<meta charset="utf-8">\n<title>Karcis</title>\n<body>${shown.join('\n')}</body>\n</html>\n`,
    attachments: [],
  }
}
