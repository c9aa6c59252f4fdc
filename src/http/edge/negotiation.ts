// Which of the ready representations a client gets (RFC 9110, section 12.5). Few different headers are ever sent by honest
// clients, so what they mean is remembered.

export const MEDIA_TYPES = ['application/json', 'application/graphql-response+json'] as const
export const ENCODINGS = ['identity', 'gzip', 'br'] as const

export type Encoding = (typeof ENCODINGS)[number]

const MAX_REMEMBERED = 500
// Browsers send a third of this. Headers may be 16 KB long, and so many of those would be much to remember.
const MAX_REMEMBERED_LENGTH = 400

/** A function of a header that is computed once for each text. Forgets everything when strangers fill it with noise. */
function remembered(compute: (header: string) => number): (header: string | undefined) => number {
  const known = new Map<string, number>()
  return (header = '') => {
    const before = known.get(header)
    if (before !== undefined) return before
    const value = compute(header)
    if (header.length > MAX_REMEMBERED_LENGTH) return value
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(header, value)
    return value
  }
}

interface Choice {
  readonly name: string
  readonly weight: number
}

function choicesOf(header: string): Choice[] {
  return header.split(',').flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    if (name === '') return []
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    const weight = q === undefined ? 1 : Number(q.slice(2))
    return [{ name, weight: weight >= 0 && weight <= 1 ? weight : 0 }]
  })
}

const weightOf = (choices: readonly Choice[], ...names: readonly string[]): number =>
  choices.find(({ name }) => name === names.find((one) => choices.some((choice) => choice.name === one)))
    ?.weight ?? 0

/** Index into MEDIA_TYPES, or -1 when the client can read neither. Whoever has no wish gets application/json. */
export const mediaTypeFor = remembered((header) => {
  if (header.trim() === '') return 0
  const choices = choicesOf(header)
  const json = weightOf(choices, 'application/json', 'application/*', '*/*')
  // Only who names it is known to understand it.
  const graphql = weightOf(choices, 'application/graphql-response+json')
  if (graphql > 0 && graphql >= json) return 1
  return json > 0 ? 0 : -1
})

/** Index into ENCODINGS: the smallest that the client likes best. */
export const encodingFor = remembered((header) => {
  const choices = choicesOf(header)
  const [gzip, br] = [weightOf(choices, 'gzip', 'x-gzip', '*'), weightOf(choices, 'br')]
  if (br > 0 && br >= gzip) return 2
  return gzip > 0 ? 1 : 0
})
