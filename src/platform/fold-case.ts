const ASCII = /^[ -~]*$/

/**
 * How a text is compared without upper and lower case: composed, trimmed, in lower case. Letter by letter as PostgreSQL's
 * lower() does it: JavaScript makes two letters of some and looks at neighbours.
 */
export function foldCase(text: string): string {
  const trimmed = text.normalize('NFC').trim()
  return ASCII.test(trimmed) ? trimmed.toLowerCase() : Array.from(trimmed, lowerOf).join('')
}

function lowerOf(letter: string): string {
  const lower = letter.toLowerCase()
  return lower.length === letter.length ? lower : letter
}
