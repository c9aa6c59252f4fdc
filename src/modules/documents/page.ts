import { createHash } from 'node:crypto'
import type { Locale } from '../../platform/locale.ts'
import { type Html, html, ours } from './html.ts'
import { PAGE_STYLE } from './page-style.ts'

const hash = createHash('sha256').update(PAGE_STYLE).digest('base64')

/** Nothing but this one style sheet: no script, picture, form or frame, whatever a name in the page holds. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** The same for a page with a form, which goes nowhere but to where the page came from. */
export const FORM_POLICY = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")

/** A whole page that needs no script and asks for nothing more. */
export const page = (locale: Locale, title: string, body: Html): string =>
  html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${ours(PAGE_STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`.markup
