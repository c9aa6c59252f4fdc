// Fonts for what Inter has no glyph for. They come from npm in slices of some hundred characters, each a variable font: a
// document opens the slices that it needs, made static by HarfBuzz, and embeds the glyphs that it shows.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { create, type Font } from 'fontkit'
import { LRUCache } from 'lru-cache'
import subsetFont from 'subset-font'

/** The weights that documents are set in. */
export const WEIGHTS = { regular: 400, bold: 700 } as const
export type Weight = keyof typeof WEIGHTS

/** A part of a family. */
export interface Slice {
  readonly family: string
  readonly file: string
  /** Its script is written from right to left, and fontkit sets it so. */
  readonly rightToLeft: boolean
  has(codePoint: number): boolean
}

const RIGHT_TO_LEFT = new Set(['noto-sans-arabic', 'noto-sans-hebrew'])
const SCRIPTS = ['arabic', 'hebrew', 'thai', 'devanagari', 'javanese', 'balinese'].map(
  (name) => `noto-sans-${name}`,
)
const [SC, JP, KR] = ['noto-sans-sc', 'noto-sans-jp', 'noto-sans-kr'] as const
const EMOJI = 'noto-emoji'

/**
 * Slices that may have each of these characters, the likeliest first: the ranges that a family names are wider than what it
 * has. Han characters look different in Japan: with kana or hangul in the same document they are taken from its font.
 */
export function slicesFor(codePoints: Iterable<number>): Map<number, readonly Slice[]> {
  const wanted = [...codePoints]
  const text = String.fromCodePoint(...wanted.slice(0, 10_000))
  const han = /[\p{sc=Hira}\p{sc=Kana}]/u.test(text)
    ? [JP, SC, KR]
    : /\p{sc=Hang}/u.test(text)
      ? [KR, SC, JP]
      : [SC, JP, KR]
  const found = new Map<number, readonly Slice[]>()
  for (const codePoint of wanted) {
    // What is a picture first, and only then a sign of some script, is an emoji.
    const isPicture = /\p{Emoji_Presentation}/u.test(String.fromCodePoint(codePoint))
    const families = isPicture ? [EMOJI] : [...SCRIPTS, ...han, EMOJI]
    const slices = families.flatMap((family) => slicesOf(family).find((one) => one.has(codePoint)) ?? [])
    if (slices.length > 0) found.set(codePoint, slices)
  }
  return found
}

const require = createRequire(import.meta.url)
const families = new Map<string, readonly Slice[]>()

function slicesOf(family: string): readonly Slice[] {
  const known = families.get(family)
  if (known) return known
  const path = require.resolve(`@fontsource-variable/${family}/unicode.json`)
  const ranges: Readonly<Record<string, string>> = JSON.parse(readFileSync(path, 'utf8'))
  // Of a script's family only the script: its signs and Latin letters are for texts in one font.
  const own = Object.entries(ranges).filter(
    ([name]) => !SCRIPTS.includes(family) || family.endsWith(`-${name}`),
  )
  const slices = own.map(([name, text]) => ({
    family,
    file: join(dirname(path), 'files', `${family}-${name.replace(/[[\]]/g, '')}-wght-normal.woff2`),
    rightToLeft: RIGHT_TO_LEFT.has(family),
    has: inRanges(text),
  }))
  families.set(family, slices)
  return slices
}

/** Of `U+4e00-4e10,U+5000`. */
function inRanges(text: string): (codePoint: number) => boolean {
  const ranges = text.split(',').map((range) => {
    const [from = '', to = from] = range.trim().slice(2).split('-')
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)] as const
  })
  return (codePoint) => ranges.some(([from, to]) => codePoint >= from && codePoint <= to)
}

// Each is some 100 kB and, in use, its tables.
const opened = new LRUCache<string, { readonly font: Font; readonly known: Buffer }>({ max: 100 })

/** A slice in one weight, open. `remember`: makes of a font what pdfkit is given. */
export async function openSlice(
  { file }: Slice,
  weight: Weight,
  remember: (font: Font) => Buffer,
): Promise<{ readonly font: Font; readonly known: Buffer }> {
  const name = `${file} ${weight}`
  const before = opened.get(name)
  if (before) return before
  const fixed = await subsetFont(readFileSync(file), undefined, {
    targetFormat: 'truetype',
    keepAllGlyphs: true,
    variationAxes: { wght: WEIGHTS[weight] },
  })
  const font = create(fixed)
  if (!('layout' in font)) throw new Error(`${file} holds several fonts.`)
  const made = { font, known: remember(font) }
  opened.set(name, made)
  return made
}
