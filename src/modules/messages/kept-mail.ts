// The mails that development keeps as files, read back as a mail program would.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Email } from 'postal-mime'
import { parseId } from '../../platform/ids.ts'

export interface KeptMail {
  readonly id: string
  readonly keptAt: Date
  readonly subject: string
  readonly from: string
  readonly to: string
  readonly text: string
  /** Pictures that come along stand in it as data. */
  readonly html: string
  readonly files: readonly { readonly name: string; readonly type: string; readonly content: Buffer }[]
}

// What a page can show. Older ones are still in the folder.
const MOST = 200

/** Newest first. */
export async function keptMails(folder: string): Promise<KeptMail[]> {
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.eml'))
      .map(async (name) => ({ id: name.slice(0, -4), at: (await stat(join(folder, name))).mtimeMs })),
  )
  const newest = found.sort((a, b) => b.at - a.at).slice(0, MOST)
  const mails = await Promise.all(newest.map(({ id }) => keptMail(folder, id)))
  return mails.filter((mail) => mail !== null)
}

/** Null for an id that is none: it becomes part of a path. */
export async function keptMail(folder: string, id: string): Promise<KeptMail | null> {
  const known = parseId(id)
  if (!known) return null
  const path = join(folder, `${known}.eml`)
  const bytes = await readFile(path).catch(() => null)
  if (!bytes) return null
  // Development alone shows mails.
  const { default: PostalMime } = await import('postal-mime')
  const [mail, { mtime }] = await Promise.all([PostalMime.parse(bytes), stat(path)])
  return {
    id: known,
    keptAt: mtime,
    subject: mail.subject ?? '',
    from: mail.from?.address ?? '',
    to: mail.to?.map(({ address }) => address).join(', ') ?? '',
    text: mail.text ?? '',
    html: withPictures(mail),
    files: mail.attachments.map(({ filename, mimeType, content }, index) => ({
      name: filename ?? `file-${index + 1}`,
      type: mimeType,
      content: bytesOf(content),
    })),
  }
}

const withPictures = ({ html = '', attachments }: Email): string =>
  attachments.reduce((page, { contentId, mimeType, content }) => {
    if (!contentId) return page
    const data = `data:${mimeType};base64,${bytesOf(content).toString('base64')}`
    return page.replaceAll(`cid:${contentId.replace(/^<|>$/g, '')}`, data)
  }, html)

const bytesOf = (content: Email['attachments'][number]['content']): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content))
