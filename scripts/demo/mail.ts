import type { Bought } from './buy.ts'
import type { DemoClient } from './client.ts'

interface Mail {
  readonly url: string
  readonly subject: string
  readonly files: readonly { readonly name: string; readonly url: string }[]
}

const SUBJECTS = { paid: /lunas|is paid/, refunded: /Dana|Money back/ } as const

/** Answers where the mail can be read. */
export async function paidMail(client: DemoClient, order: Bought): Promise<string> {
  client.step('A job writes the mail; while there is no SMTP_URL it is kept here')
  const mail = await mailAbout(client, order, 'paid')
  const names = mail.files.map(({ name }) => name)
  client.check(`it brings ${names.join(' and ')}`, /\.pdf /.test(`${names.join(' ')} `))
  client.check(
    'and a calendar file',
    names.some((name) => name.endsWith('.ics')),
  )
  client.check('and the pick-up code of the T-shirt', names.includes('pickup.png'))
  for (const file of mail.files) await client.get(file.url)
  return mail.url
}

export async function refundMail(client: DemoClient, order: Bought): Promise<void> {
  client.step('The buyer is told of the refund')
  await mailAbout(client, order, 'refunded')
}

async function mailAbout(client: DemoClient, order: Bought, cause: keyof typeof SUBJECTS): Promise<Mail> {
  const mail = await client.until(`a mail to ${order.email}`, async () =>
    (await mailsTo(client, order)).find(({ subject }) => SUBJECTS[cause].test(subject)),
  )
  const files = await filesOf(client, mail.url)
  client.check(`it is called “${mail.subject}”`, mail.subject.includes(order.number))
  client.look(`Read it: ${mail.url}`)
  client.look(`All mail: ${client.url}/dev/mail`)
  return { ...mail, files }
}

async function mailsTo({ url }: DemoClient, { email }: Bought): Promise<{ url: string; subject: string }[]> {
  const response = await fetch(`${url}/dev/mail`)
  if (response.status === 404)
    throw new Error('This server keeps no mail: it has an SMTP_URL, or is not here.')
  const rows = (await response.text()).split('<tr>').filter((row) => row.includes(email))
  return rows.flatMap((row) => {
    const [, path = '', subject = ''] = /<a href="(\/dev\/mail\/[^"]+)">([^<]*)<\/a>/.exec(row) ?? []
    return path ? [{ url: url + path, subject }] : []
  })
}

async function filesOf({ url }: DemoClient, mail: string): Promise<Mail['files']> {
  const page = await (await fetch(mail)).text()
  return [...page.matchAll(/<a href="(\/dev\/mail\/[^"]+\/files\/\d+)">([^<]*)<\/a>/g)].map(
    ([, path = '', name = '']) => ({ url: url + path, name }),
  )
}
