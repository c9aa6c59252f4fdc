import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { create, type Font } from 'fontkit'
import Document from 'pdfkit'
import type { Locale } from '../../platform/locale.ts'
import { openSlice, type Slice, slicesFor, type Weight } from './fallback-fonts.ts'
import { withKnownWords } from './known-words.ts'

/** A page with the fonts that its text needs. */
export type Pdf = InstanceType<typeof Document> & {
  /** The font for this character: Inter, unless one has it that Inter lacks. */
  faceOf(character: string, weight: Weight): Face
}

/** A registered font. */
export interface Face {
  readonly name: string
  readonly rightToLeft: boolean
  /** Whether it is of pictures, which are set one by one. */
  readonly isEmoji: boolean
  has(codePoint: number): boolean
}

interface Opened {
  readonly font: Font
  /** A Buffer only by name: see withKnownWords. */
  readonly known: Buffer
}

function openInter(file: string): Opened {
  const font = create(readFileSync(fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${file}`))))
  if (!('layout' in font)) throw new Error(`${file} holds several fonts.`)
  return { font, known: withKnownWords(font) }
}

// To read a font's tables takes four times as long as to draw a ticket.
const INTER: Readonly<Record<Weight, Opened>> = {
  regular: openInter('400Regular/Inter_400Regular.ttf'),
  bold: openInter('700Bold/Inter_700Bold.ttf'),
}

// A Japanese order of a thousand names needs some forty. Somebody's joke must not need all five hundred.
const MOST_SLICES = 80

/**
 * A PDF on paper of this size, drawn by `draw`, which may set any text that is in `shown`. The same input gives the same bytes:
 * its date is that of what it shows, and its id is made from its date and title.
 */
export async function drawPdf(
  options: { size: 'A4' | 'A5'; title: string; locale: Locale; date: Date; shown: unknown },
  draw: (pdf: Pdf) => void,
): Promise<Buffer> {
  const fallback = await openFallback(options.shown)
  const document = new Document({
    size: options.size,
    margin: 0,
    autoFirstPage: false,
    // Else it reads Helvetica, which nothing is drawn with.
    font: '',
    // A footer that says how many pages there are is drawn when they are.
    bufferPages: true,
    lang: options.locale,
    displayTitle: true,
    info: { Title: options.title, Producer: 'Karcis', Creator: 'Karcis', CreationDate: options.date },
  })
  for (const weight of ['regular', 'bold'] as const) document.registerFont(weight, INTER[weight].known)
  for (const { names, opened } of new Set(fallback.values()))
    for (const weight of ['regular', 'bold'] as const)
      document.registerFont(names[weight], opened[weight].known)
  const faces = new Map<string, Face>()
  const pdf: Pdf = Object.assign(document, {
    faceOf(character: string, weight: Weight): Face {
      const key = `${weight} ${character}`
      const face = faces.get(key) ?? findFace(fallback, character.codePointAt(0) ?? 0, weight)
      faces.set(key, face)
      return face
    },
  })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
    draw(pdf)
    pdf.end()
  })
}

interface Fallback {
  readonly slice: Slice
  readonly names: Readonly<Record<Weight, string>>
  readonly opened: Readonly<Record<Weight, Opened>>
}

/** What is wanted besides Inter for the characters in here. */
async function openFallback(shown: unknown): Promise<ReadonlyMap<number, Fallback>> {
  const text = JSON.stringify(shown, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
  const { font } = INTER.regular
  const missing = new Set<number>()
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    if (codePoint > 0x24f && !font.hasGlyphForCodePoint(codePoint)) missing.add(codePoint)
  }
  const found = new Map<number, Fallback>()
  if (missing.size === 0) return found
  const opened = new Map<Slice, Fallback>()
  for (const [codePoint, slices] of slicesFor(missing)) {
    for (const slice of slices) {
      if (!opened.has(slice) && opened.size >= MOST_SLICES) break
      const one = opened.get(slice) ?? (await openFallbackSlice(slice, opened.size))
      opened.set(slice, one)
      if (!one.opened.regular.font.hasGlyphForCodePoint(codePoint)) continue
      found.set(codePoint, one)
      break
    }
  }
  return found
}

const openFallbackSlice = async (slice: Slice, number: number): Promise<Fallback> => ({
  slice,
  names: { regular: `regular ${number}`, bold: `bold ${number}` },
  opened: {
    regular: await openSlice(slice, 'regular', withKnownWords),
    bold: await openSlice(slice, 'bold', withKnownWords),
  },
})

function findFace(fallback: ReadonlyMap<number, Fallback>, codePoint: number, weight: Weight): Face {
  const found = fallback.get(codePoint)
  return {
    name: found?.names[weight] ?? weight,
    rightToLeft: found?.slice.rightToLeft ?? false,
    isEmoji: found?.slice.family === 'noto-emoji',
    has: (one) => (found?.opened ?? INTER)[weight].font.hasGlyphForCodePoint(one),
  }
}

/** What somebody wrote, in one line, without what is invisible or turns the direction of what stands around it. */
export const plain = (text: string): string =>
  text
    .toWellFormed()
    .normalize()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, '')
