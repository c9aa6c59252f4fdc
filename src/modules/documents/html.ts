import { escapeHtml } from '../../platform/escape-html.ts'

/** Markup that is safe to send. Only `html` makes it. */
export interface Html {
  readonly markup: string
}

type Value = string | number | Html | readonly Html[]

const written = (value: Value): string => {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('')
}

/** A template whose values are escaped, for text and for attributes in quotes. */
export const html = (parts: TemplateStringsArray, ...values: Value[]): Html => ({
  markup: parts.map((part, at) => (values[at] === undefined ? part : part + written(values[at]))).join(''),
})

export const nothing: Html = { markup: '' }

/** Markup that was made here and holds nothing of anybody's. */
export const ours = (markup: string): Html => ({ markup })
