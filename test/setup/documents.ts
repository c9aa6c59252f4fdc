// What a buyer gets after paying, fetched as a phone does.
import { inflateSync } from 'node:zlib'
import jsqr from 'jsqr'
import type { TestApp } from './app.ts'
import { paid } from './shop.ts'

/** A paid order with its links. */
export async function documented(
  app: TestApp,
  ...args: Parameters<typeof paid> extends [unknown, ...infer Rest] ? Rest : never
) {
  const bought = await paid(app, ...args)
  const documents = await documentsOf(app, bought.order)
  return { ...bought, documents }
}

export async function documentsOf(
  app: Pick<TestApp, 'call'>,
  order: { id: string; accessToken?: string },
  token?: string,
) {
  const variables = { id: order.id, accessToken: order.accessToken }
  const { body } = await app.call('OrderDocuments', variables, token ? { token } : {})
  return body.data.order?.documents as Record<
    'ticketPage' | 'ticketsPdf' | 'invoicePdf' | 'calendar' | 'expiresAt',
    string
  >
}

// jsqr is CommonJS: the function is the default of the default.
const decode = jsqr.default

/** What a scanner reads in a picture; null when it sees no code. `data` is RGBA. */
export const readQr = (picture: { data: Uint8ClampedArray; width: number; height: number }): string | null =>
  decode(picture.data, picture.width, picture.height)?.data ?? null

/** Dark rectangles on white, as a scanner sees them: `scale` pixels a unit. */
export function paint(
  side: number,
  scale: number,
  dark: readonly { x: number; y: number; width: number; height: number }[],
) {
  const width = Math.ceil(side * scale)
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  for (const one of dark)
    for (let y = Math.round(one.y * scale); y < Math.round((one.y + one.height) * scale); y++)
      for (let x = Math.round(one.x * scale); x < Math.round((one.x + one.width) * scale); x++)
        data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3)
  return { data, width, height: width }
}

/** The QR codes of a ticket page, read out of its vectors. */
export function qrCodesOfPage(html: string): (string | null)[] {
  const codes = [...html.matchAll(/viewBox="0 0 (\d+) \1"[^>]*>.*?<path stroke="#000" d="([^"]+)"/g)]
  return codes.map(([, side = '', path = '']) => {
    let [x, y] = [0, 0]
    const dark = []
    for (const [, command, a = '0', b = '0'] of path.matchAll(/([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?/g)) {
      if (command === 'h') {
        dark.push({ x, y: y - 0.5, width: Number(a), height: 1 })
        x += Number(a)
      } else {
        x = (command === 'M' ? 0 : x) + Number(a)
        y = (command === 'M' ? 0 : y) + Number(b)
      }
    }
    return readQr(paint(Number(side), 4, dark))
  })
}

/** What the pages of a PDF draw, one text of operators each. */
export function contentsOf(pdf: Buffer): string[] {
  const text = pdf.toString('latin1')
  const contents: string[] = []
  for (const match of text.matchAll(/\/Length (\d+)[^>]*>>\s*stream\r?\n/g)) {
    const from = match.index + match[0].length
    try {
      const drawn = inflateSync(pdf.subarray(from, from + Number(match[1]))).toString('latin1')
      if (/(^|\s)cm\s/.test(drawn)) contents.push(drawn)
    } catch {
      // A font, or something that is not deflated.
    }
  }
  return contents
}

/** The QR codes of a PDF's pages, read out of the rectangles that it fills black. */
export const qrCodesOfPdf = (pdf: Buffer): (string | null)[] =>
  contentsOf(pdf).map((drawn) => {
    const rectangles = [...drawn.matchAll(/(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re\b/g)]
      .map(([, x, y, width, height]) => ({
        x: Number(x),
        y: Number(y),
        width: Number(width),
        height: Number(height),
      }))
      .filter(({ width }) => width < 200)
    return readQr(paint(600, 2, rectangles))
  })
