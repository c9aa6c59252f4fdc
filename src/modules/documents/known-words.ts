import type { Font, Glyph, GlyphPosition, GlyphRun } from 'fontkit'

// Of each font. Labels, titles and categories come again in every document of a sale; names and codes pass through.
const MOST_WORDS = 2_000

type Shape = Pick<Glyph, 'id' | 'codePoints' | 'advanceWidth'>

interface Word {
  readonly glyphs: readonly Shape[]
  readonly positions: readonly GlyphPosition[]
}

/**
 * The same font, which remembers how words are set: with what a text font does for its looks, that is a third of the work on
 * a document. `layout` gives as much of a run as pdfkit reads, and knows no features of its own. A Buffer only by name: pdfkit
 * takes a font that is open, though its types do not say so.
 */
export function withKnownWords(font: Font): Buffer {
  // A glyph keeps the text that it was first asked for as. So each word has glyphs of its own, or an omega would be copied out
  // as the ohm sign that another document drew.
  const alone: Font & { _glyphs: object } = Object.create(font, { _glyphs: { value: {}, writable: true } })
  const words = new Map<string, Word>()

  function wordOf(text: string): Word {
    const known = words.get(text)
    if (known) {
      words.delete(text)
      return known
    }
    alone._glyphs = {}
    const { glyphs, positions } = alone.layout(text)
    const shapes = glyphs.map(({ id, codePoints, advanceWidth }) => ({ id, codePoints, advanceWidth }))
    return { glyphs: shapes, positions }
  }

  function layout(text: string): Pick<GlyphRun, 'positions' | 'advanceWidth'> & Pick<Word, 'glyphs'> {
    const word = wordOf(text)
    words.set(text, word)
    for (const oldest of words.keys()) {
      if (words.size <= MOST_WORDS) break
      words.delete(oldest)
    }
    // pdfkit scales them where they stand, and asks for the width afterwards.
    const positions = word.positions.map((position) => ({ ...position }))
    return {
      glyphs: word.glyphs,
      positions,
      get advanceWidth() {
        return positions.reduce((width, { xAdvance }) => width + xAdvance, 0)
      },
    }
  }
  return Object.create(font, { layout: { value: layout } })
}
