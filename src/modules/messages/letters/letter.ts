// What a letter is made of, and how it becomes text and HTML. The parts hold plain words: here is the one place that writes
// markup, so nothing that a buyer or an organizer typed can become any.
import type { Locale } from '../../../generated/prisma/enums.ts'
import { escapeHtml } from '../../../platform/escape-html.ts'

export type Part =
  | string
  /** Names and values, a line each. */
  | { readonly rows: readonly (readonly [string, string])[] }
  | { readonly items: readonly string[] }
  | { readonly link: string; readonly url: string }
  /** A picture that comes along, by its cid. It has no place in text. */
  | { readonly picture: string; readonly says: string }

export interface Letter {
  readonly subject: string
  readonly parts: readonly Part[]
}

/** The address if a click on it is harmless; null for anything but http and https. */
export const webAddress = (url: string | null): string | null =>
  url && /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? url : null

// A line break in a subject would begin another header.
export const subjectLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()

export const textOf = (parts: readonly Part[]): string =>
  `${parts.map(textPart).filter(Boolean).join('\n\n')}\n`

function textPart(part: Part): string {
  if (typeof part === 'string') return part
  if ('rows' in part) return part.rows.map(([name, value]) => `${name}: ${value}`).join('\n')
  if ('items' in part) return part.items.map((item) => `- ${item}`).join('\n')
  return 'link' in part ? `${part.link}:\n${part.url}` : ''
}

export const htmlOf = (letter: Letter, locale: Locale): string => `<!doctype html>
<html lang="${locale}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(letter.subject)}</title>
<body style="${BODY}">
${letter.parts.map(htmlPart).join('\n')}
</body>
</html>
`

// Ground and ink together: a mail program in the dark that has a ground of its own would leave dark on dark.
const BODY =
  'font:16px/1.5 system-ui,sans-serif;color:#171a2b;background:#fff;max-width:36rem;margin:0 auto;padding:1rem'
const BUTTON =
  'display:inline-block;padding:.65rem 1.25rem;border-radius:.6rem;background:#2b2f77;color:#fff;font-weight:600;text-decoration:none'
const CELL = 'padding:.25rem 1rem .25rem 0;vertical-align:top;text-align:left'

function htmlPart(part: Part): string {
  if (typeof part === 'string') return `<p>${escapeHtml(part)}</p>`
  if ('rows' in part) return `<table role="presentation">${part.rows.map(row).join('')}</table>`
  if ('items' in part) return `<ul>${part.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`
  if ('link' in part) {
    return `<p><a href="${escapeHtml(part.url)}" style="${BUTTON}">${escapeHtml(part.link)}</a></p>`
  }
  // White around it, or a scanner loses the code in a dark mail.
  return `<p><img src="cid:${escapeHtml(part.picture)}" alt="${escapeHtml(part.says)}" width="280" style="background:#fff"></p>`
}

const row = ([name, value]: readonly [string, string]): string =>
  `<tr><td style="${CELL}">${escapeHtml(name)}</td><td style="${CELL}"><strong>${escapeHtml(value)}</strong></td></tr>`
