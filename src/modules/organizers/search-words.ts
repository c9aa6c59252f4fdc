const WORD = /[\p{L}\p{M}\p{N}]+/gu

/** What a search box holds, as a tsquery: every word begins some word of the text. Null without a letter or digit. */
export function prefixQuery(search: string): string | null {
  const words = search.normalize('NFC').match(WORD)
  return words ? words.map((word) => `${word}:*`).join(' & ') : null
}
