import { createHash } from 'node:crypto'

/** What is drawn when its bytes are asked for, and not before. */
export interface Drawn {
  /** Differs where anything that is shown differs. */
  readonly version: string
  /** The same bytes each time, shared with others. Rejects with Busy. */
  body(): Promise<Buffer>
}

/** What is there already, under a version of its own. */
export const written = (text: string): Drawn => ({
  version: contentVersion(text),
  body: () => Promise.resolve(Buffer.from(text)),
})

/** A name for this content that no other has. */
export const contentVersion = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 32)

export type QrFormat = 'png' | 'svg'

/** Draws QR codes. */
export interface QrDrawer {
  /** `network`: who asks, for fairness; null for work of our own. */
  qr(text: string, format: QrFormat, network: string | null): Drawn
}

/** What may be drawn by those who hold a genuine token. */
export interface DrawsQr {
  readonly drawing: QrDrawer
}
