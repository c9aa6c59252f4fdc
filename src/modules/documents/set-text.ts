// Sets text that anybody wrote: any script, any length, in either direction. Nothing of it is cut.
import type { Weight } from './fallback-fonts.ts'
import { type Face, type Pdf, plain } from './pdf.ts'
import { type Cluster, inOrder, levelsOf, type Run, run, runsOf } from './text-runs.ts'

/** How a text is to stand. */
export interface TextStyle {
  readonly weight: Weight
  /** In points. It gets smaller where the text would otherwise be higher than `height`. */
  readonly size: number
  readonly width: number
  readonly height?: number
  readonly align?: 'left' | 'center' | 'right'
  /** Between characters of a code, in points. */
  readonly spacing?: number
}

/** A text that is set and can be drawn. */
export interface SetText {
  readonly size: number
  readonly height: number
  readonly lines: readonly Line[]
}

interface Line {
  readonly runs: readonly Run[]
  /** At size 1. */
  readonly width: number
}

const LEADING = 1.21
const STEP = 0.93
// Smaller than that nobody reads, and nothing that the API takes is so long.
const LEAST = 3
// Letters side by side may be some wider than each by itself.
const MARGIN = 0.98
const SIMPLE = /^[\u0020-\u024f\u2010-\u2027\u2212\u20ac]*$/
const NO_SPACES = /\p{sc=Han}|\p{sc=Hira}|\p{sc=Kana}|\p{sc=Thai}|\p{sc=Java}|\p{sc=Bali}/u
const graphemes = new Intl.Segmenter('id', { granularity: 'grapheme' })
const words = new Intl.Segmenter('id', { granularity: 'word' })

/** Breaks a text into lines of `width`, and makes it as small as it must be for `height`. */
export function setText(pdf: Pdf, written: string, style: TextStyle): SetText {
  const text = plain(written)
  if (SIMPLE.test(text)) {
    // Most of what documents say is Latin and fits.
    const only = run(pdf, text.trimEnd(), pdf.faceOf('x', style.weight), (style.spacing ?? 0) / style.size)
    if (only.width * style.size <= style.width)
      return { size: style.size, height: style.size * LEADING, lines: [{ runs: [only], width: only.width }] }
  }
  const clusters = clustersOf(pdf, text, style.weight)
  const chunks = chunksOf(text, clusters)
  for (let { size } = style; ; size *= STEP) {
    const lines = linesOf(pdf, text, chunks, style, size)
    const height = lines.length * size * LEADING
    if (style.height === undefined || height <= style.height || size * STEP < LEAST)
      return { size, height, lines }
  }
}

/** Draws it with its upper left corner there, in the colour that fills. */
export function drawText(pdf: Pdf, { size, lines }: SetText, x: number, y: number, style: TextStyle): void {
  for (const [at, line] of lines.entries()) {
    const free = style.width - line.width * size
    let left = x + (style.align === 'center' ? free / 2 : style.align === 'right' ? free : 0)
    // Inter's ascender, so that all fonts of a line stand on one line.
    const baseline = y + at * size * LEADING + size * 0.969
    for (const run of line.runs) {
      pdf.font(run.face.name).fontSize(size)
      pdf.text(run.text, left, baseline, {
        lineBreak: false,
        baseline: 'alphabetic',
        characterSpacing: style.spacing ?? 0,
      })
      left += run.width * size
    }
  }
}

/** Both at once. Gives the height. */
export function putText(pdf: Pdf, written: string, x: number, y: number, style: TextStyle): number {
  const set = setText(pdf, written, style)
  drawText(pdf, set, x, y, style)
  return set.height
}

function clustersOf(pdf: Pdf, text: string, weight: Weight): Cluster[] {
  const parts = SIMPLE.test(text)
    ? Array.from(text, (segment, index) => ({ segment, index }))
    : graphemes.segment(text)
  return Array.from(parts, ({ segment, index }) => {
    const face = pdf.faceOf(segment, weight)
    return { text: shownOf(face.isEmoji ? pictureOf(segment) : segment, face), at: index, face }
  })
}

/** Joined pictures stand in several slices, so each is drawn by itself, without the signs that would change its looks. */
const pictureOf = (cluster: string): string =>
  cluster.replace(/[\u200d\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]/gu, '')

/** A cluster as this font shows it. What no font has is a question mark instead of a box, and what is invisible is nothing. */
function shownOf(cluster: string, face: Face): string {
  const [base = '', ...marks] = cluster
  const has = (character: string) => face.has(character.codePointAt(0) ?? 0)
  const kept = marks.filter(has).join('')
  if (has(base)) return base + kept
  if (/\p{Zs}/u.test(base)) return ' '
  return /\p{Default_Ignorable_Code_Point}|\p{M}/u.test(base) ? kept : '?'
}

/** Stretches after which a line may end. */
function chunksOf(text: string, clusters: readonly Cluster[]): Cluster[][] {
  const ends = breaksOf(text)
  const chunks: Cluster[][] = []
  let chunk: Cluster[] = []
  for (const cluster of clusters) {
    if (chunk.length > 0 && ends.has(cluster.at)) {
      chunks.push(chunk)
      chunk = []
    }
    chunk.push(cluster)
  }
  if (chunk.length > 0) chunks.push(chunk)
  return chunks
}

/** Where a line may begin: after a space or hyphen, and between the words of scripts without spaces. */
function breaksOf(text: string): Set<number> {
  if (!NO_SPACES.test(text))
    return new Set([...text.matchAll(/[ -]+/g)].map((match) => match.index + match[0].length))
  const breaks = new Set<number>()
  let before = ''
  for (const { segment, index, isWordLike } of words.segment(text)) {
    const divides =
      /[ -]$/.test(before) || (isWordLike && (NO_SPACES.test(segment) || NO_SPACES.test(before)))
    if (index > 0 && divides) breaks.add(index)
    before = segment
  }
  return breaks
}

function linesOf(
  pdf: Pdf,
  text: string,
  chunks: readonly Cluster[][],
  style: TextStyle,
  size: number,
): Line[] {
  const most = style.width / size
  const spacing = (style.spacing ?? 0) / size
  const widthOf = (clusters: readonly Cluster[]) =>
    runsOf(pdf, clusters, spacing).reduce((sum, run) => sum + run.width, 0)
  const lines: Cluster[][] = []
  let line: Cluster[] = []
  let width = 0
  const end = () => {
    if (line.length > 0) lines.push(line)
    line = []
    width = 0
  }
  for (const chunk of chunks) {
    const more = widthOf(chunk)
    if (width + widthOf(trimmed(chunk)) > most) end()
    if (widthOf(trimmed(chunk)) <= most) {
      line = [...line, ...chunk]
      width += more
      continue
    }
    // A word that is longer than a line goes on wherever the line ends.
    for (const cluster of chunk) {
      const one = widthOf([cluster])
      if (line.length > 0 && width + one > most * MARGIN) end()
      line.push(cluster)
      width += one
    }
  }
  end()
  const levels = levelsOf(text)
  return lines.map((clusters) => {
    const runs = levels
      ? inOrder(pdf, trimmed(clusters), levels, spacing)
      : runsOf(pdf, trimmed(clusters), spacing)
    return { runs, width: runs.reduce((sum, run) => sum + run.width, 0) }
  })
}

/** Without the space that a line ends with. */
function trimmed(clusters: readonly Cluster[]): readonly Cluster[] {
  const last = clusters.findLastIndex(({ text }) => text !== ' ')
  return last === clusters.length - 1 ? clusters : clusters.slice(0, last + 1)
}
