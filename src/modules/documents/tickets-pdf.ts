import { spacedCode } from '../../platform/ids.ts'
import { type Locale, whenText } from '../../platform/locale.ts'
import { qrMatrix } from '../../platform/qr.ts'
import { drawPdf, type Pdf, plain } from './pdf.ts'
import { darkRuns, QUIET_ZONE } from './qr-path.ts'
import { putText } from './set-text.ts'
import type { TicketsView, TicketView } from './tickets-view.ts'
import { words } from './words.ts'

const A5 = { width: 419.53, height: 595.28 }
const EDGE = 34
const INNER = A5.width - 2 * EDGE
const BAND = 150
const QR = 276
// Where the line is at which a paper ticket would be torn.
const TORN = 466
const COLOURS = { band: '#2b2f77', ink: '#171a2b', soft: '#555b73', line: '#c9cede', warn: '#9b1c1c' }

/** The tickets of a paid order, a page each, codes as vectors. */
export const drawTickets = (order: TicketsView, locale: Locale): Promise<Buffer> => {
  const title = `${words[locale].ticket} ${order.number}: ${plain(order.title)}`
  return drawPdf({ size: 'A5', title, locale, date: order.date, shown: order }, (pdf) => {
    for (const [at, ticket] of order.tickets.entries()) drawTicket(pdf, order, ticket, at, locale)
  })
}

function drawTicket(pdf: Pdf, order: TicketsView, ticket: TicketView, at: number, locale: Locale): void {
  pdf.addPage()
  const said = words[locale]
  drawBand(pdf, order, ticket, said.ofTickets(at + 1, order.tickets.length), locale)
  if (ticket.token !== null) drawCode(pdf, ticket.token)
  else {
    pdf.fillColor(COLOURS.warn)
    const [state, why] = ticket.used ? [said.USED, said.usedWhy] : [said.REVOKED, said.revokedWhy]
    putText(pdf, state, EDGE, BAND + 110, { ...centred, weight: 'bold', size: 17 })
    putText(pdf, why, EDGE, BAND + 140, { ...centred, weight: 'regular', size: 10 })
  }
  pdf.fillColor(COLOURS.ink)
  const code = { ...centred, weight: 'bold', size: 15, spacing: 2 } as const
  putText(pdf, spacedCode(ticket.code), EDGE, BAND + QR + 6, code)
  pdf
    .moveTo(EDGE, TORN)
    .lineTo(A5.width - EDGE, TORN)
    .dash(4, { space: 4 })
    .stroke(COLOURS.line)
    .undash()
  const facts: [string, string][] = [
    [said.category, ticket.category],
    [said.holder, ticket.holder],
    [said.order, order.number],
    ...(ticket.schedule ? [[said.schedule, ticket.schedule] satisfies [string, string]] : []),
  ]
  for (const [place, [name, value]] of facts.entries()) {
    const x = EDGE + (place % 2) * (INNER / 2)
    const y = TORN + 11 + Math.floor(place / 2) * 44
    pdf.fillColor(COLOURS.soft)
    putText(pdf, name, x, y, { ...cell, weight: 'regular', size: 8 })
    pdf.fillColor(COLOURS.ink)
    putText(pdf, value, x, y + 11, { ...cell, weight: 'bold', size: 11 })
  }
  pdf.fillColor(COLOURS.soft)
  putText(pdf, said.secret, EDGE, 568, { ...centred, weight: 'regular', size: 8 })
}

const centred = { width: INNER, align: 'center' } as const
const cell = { width: INNER / 2 - 12, height: 31 } as const

function drawBand(pdf: Pdf, order: TicketsView, ticket: TicketView, count: string, locale: Locale): void {
  pdf
    .rect(0, 0, A5.width, BAND - 12)
    .fill(COLOURS.band)
    .fillColor('#fff')
  const regular = { weight: 'regular', width: INNER } as const
  putText(pdf, order.organizer, EDGE, 22, { ...regular, size: 9, width: INNER - 110, height: 17 })
  putText(pdf, count, EDGE, 22, { ...regular, size: 9, align: 'right' })
  putText(pdf, order.title, EDGE, 42, { weight: 'bold', width: INNER, size: 19, height: 49 })
  const when = whenText(locale, ticket.startsAt, ticket.endsAt, order.timeZone)
  putText(pdf, when, EDGE, 95, { ...regular, size: 10, height: 14 })
  const place = { ...regular, size: 10, height: 25 } as const
  if (order.cancelled) putText(pdf, words[locale].cancelled, EDGE, 110, { ...place, weight: 'bold' })
  else putText(pdf, order.place, EDGE, 110, place)
}

function drawCode(pdf: Pdf, token: string): void {
  const matrix = qrMatrix(token)
  const module = QR / (matrix.size + 2 * QUIET_ZONE)
  const [left, top] = [(A5.width - QR) / 2 + QUIET_ZONE * module, BAND + QUIET_ZONE * module]
  // Whole numbers, written at once: a code is most of what a page says.
  const modules = darkRuns(matrix).map(({ row, from, length }) => `${from} ${row} ${length} 1 re`)
  pdf.save().translate(left, top).scale(module).addContent(modules.join('\n')).fill('#000').restore()
}
