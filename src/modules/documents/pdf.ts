import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import PDFDocument from 'pdfkit'
import type { Locale } from './locale.ts'

export type Pdf = InstanceType<typeof PDFDocument>

const font = (file: string): Buffer =>
  readFileSync(fileURLToPath(import.meta.resolve(`@expo-google-fonts/inter/${file}`)))

// Read once; a document takes in only the glyphs that it uses.
let fonts: { regular: Buffer; bold: Buffer } | undefined

/**
 * A PDF on paper of this size, drawn by `draw`. The same input gives the same bytes: its date is that of what it shows, and
 * its id is made from its date and title.
 */
export function drawPdf(
  options: { size: 'A4' | 'A5'; title: string; locale: Locale; date: Date },
  draw: (pdf: Pdf) => void,
): Promise<Buffer> {
  fonts ??= {
    regular: font('400Regular/Inter_400Regular.ttf'),
    bold: font('700Bold/Inter_700Bold.ttf'),
  }
  const pdf = new PDFDocument({
    size: options.size,
    margin: 0,
    autoFirstPage: false,
    // A footer that says how many pages there are is drawn when they are.
    bufferPages: true,
    lang: options.locale,
    displayTitle: true,
    info: { Title: options.title, Producer: 'Karcis', Creator: 'Karcis', CreationDate: options.date },
  })
  pdf.registerFont('regular', fonts.regular)
  pdf.registerFont('bold', fonts.bold)
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
