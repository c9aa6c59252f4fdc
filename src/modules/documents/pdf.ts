import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type PDFDocument from 'pdfkit'
import type { Locale } from '../../platform/locale.ts'
import { withKnownWords } from './known-words.ts'

export type Pdf = InstanceType<typeof PDFDocument>

// A server that draws nothing does without the libraries. To read a font's tables takes four times as long as to draw a ticket.
let tools: Promise<Awaited<ReturnType<typeof loadTools>>> | undefined

async function loadTools() {
  const [{ create }, { default: Document }] = await Promise.all([import('fontkit'), import('pdfkit')])
  const open = (file: string): Buffer => {
    const font = create(readFileSync(fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${file}`))))
    if (!('layout' in font)) throw new Error(`${file} holds several fonts.`)
    return withKnownWords(font)
  }
  return {
    Document,
    regular: open('400Regular/Inter_400Regular.ttf'),
    bold: open('700Bold/Inter_700Bold.ttf'),
  }
}

/**
 * A PDF on paper of this size, drawn by `draw`. The same input gives the same bytes: its date is that of what it shows, and
 * its id is made from its date and title.
 */
export async function drawPdf(
  options: { size: 'A4' | 'A5'; title: string; locale: Locale; date: Date },
  draw: (pdf: Pdf) => void,
): Promise<Buffer> {
  tools ??= loadTools().catch((error: unknown) => {
    tools = undefined
    throw error
  })
  const { Document, regular, bold } = await tools
  const pdf = new Document({
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
  pdf.registerFont('regular', regular)
  pdf.registerFont('bold', bold)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
    draw(pdf)
    pdf.end()
  })
}

/** What somebody wrote, in one line and without what no font can draw. */
export const plain = (text: string): string => text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
