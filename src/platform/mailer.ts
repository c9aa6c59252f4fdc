import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'

export interface Mail {
  /** The job's id: becomes the Message-ID, so that a mail sent twice can be seen to be one. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly attachments: readonly { filename: string; content: Buffer }[]
}

export interface Mailer {
  send(mail: Mail): Promise<void>
}

/** Sends by SMTP; without an SMTP address keeps each mail as `<folder>/<id>.eml`, for development. */
export function createMailer(options: { smtpUrl: string | null; from: string; folder: string }): Mailer {
  const { smtpUrl, from, folder } = options
  const envelope = (mail: Mail) => ({
    from,
    to: mail.to,
    subject: mail.subject,
    text: mail.text,
    messageId: `<${mail.id}@karcis>`,
    attachments: [...mail.attachments],
  })
  if (smtpUrl) {
    const smtp = createTransport(smtpUrl, { from })
    return { send: async (mail) => void (await smtp.sendMail(envelope(mail))) }
  }
  const files = createTransport({ streamTransport: true, buffer: true })
  return {
    async send(mail) {
      const { message } = await files.sendMail(envelope(mail))
      if (!Buffer.isBuffer(message)) throw new Error('The mail was not built in one piece.')
      await mkdir(folder, { recursive: true })
      const path = join(folder, `${mail.id}.eml`)
      // Whoever watches the folder sees whole mails only.
      await writeFile(`${path}.part`, message)
      await rename(`${path}.part`, path)
    },
  }
}
