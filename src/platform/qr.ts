// QR codes as files. Only a thread that draws loads this: see drawing.ts of the documents.
import qrcode from 'qrcode'

// Medium correction survives a cracked screen; the quiet zone of four modules is ISO/IEC 18004's.
const OPTIONS = { errorCorrectionLevel: 'M', margin: 4 } as const

export const qrPng = (text: string): Promise<Buffer> => qrcode.toBuffer(text, { ...OPTIONS, scale: 6 })

export const qrSvg = (text: string): Promise<string> => qrcode.toString(text, { ...OPTIONS, type: 'svg' })

/**
 * A code as modules, 1 for dark, without its quiet zone: for what draws it itself. For a text like a token, in which cases
 * and digits mix: it is written as bytes, because the search for a shorter mix of modes takes as long as the rest and finds none.
 */
export const qrMatrix = (token: string): { size: number; data: ArrayLike<number> } =>
  qrcode.create([{ data: Buffer.from(token), mode: 'byte' }], OPTIONS).modules
