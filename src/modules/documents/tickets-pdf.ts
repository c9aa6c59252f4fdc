import { spacedCode } from '../../platform/ids.ts'
import { type Locale, whenText } from '../../platform/locale.ts'
import { qrMatrix } from '../../platform/qr.ts'
import { drawPdf, type Pdf, plain } from './pdf.ts'
import { darkRuns, QUIET_ZONE } from './qr-path.ts'
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
  return drawPdf({ size: 'A5', title, locale, date: order.date }, (pdf) => {
    for (const [at, ticket] of order.tickets.entries()) drawTicket(pdf, order, ticket, at, locale)
  })
}

function drawTicket(pdf: Pdf, order: TicketsView, ticket: TicketView, at: number, locale: Locale): void {
  pdf.addPage()
  const said = words[locale]
  drawBand(pdf, order, ticket, said.ofTickets(at + 1, order.tickets.length), locale)
  if (ticket.token !== null) drawCode(pdf, ticket.token)
  else {
    pdf.font('bold').fontSize(17).fillColor(COLOURS.warn)
    pdf.text(ticket.used ? said.USED : said.REVOKED, EDGE, BAND + 110, centred)
    pdf.font('regular').fontSize(10)
    pdf.text(ticket.used ? said.usedWhy : said.revokedWhy, EDGE, BAND + 140, centred)
  }
  pdf.font('bold').fontSize(15).fillColor(COLOURS.ink)
  pdf.text(spacedCode(ticket.code), EDGE, BAND + QR + 6, { ...centred, characterSpacing: 2 })
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
    const y = TORN + 13 + Math.floor(place / 2) * 42
    pdf.font('regular').fontSize(8).fillColor(COLOURS.soft).text(name, x, y, oneLine)
    pdf
      .font('bold')
      .fontSize(11)
      .fillColor(COLOURS.ink)
      .text(plain(value), x, y + 12, oneLine)
  }
  pdf.font('regular').fontSize(8).fillColor(COLOURS.soft).text(said.secret, EDGE, 568, centred)
}

const centred = { width: INNER, align: 'center' } as const
const oneLine = { width: INNER / 2 - 12, height: 15, ellipsis: true, lineBreak: true } as const

function drawBand(pdf: Pdf, order: TicketsView, ticket: TicketView, count: string, locale: Locale): void {
  pdf
    .rect(0, 0, A5.width, BAND - 12)
    .fill(COLOURS.band)
    .fillColor('#fff')
    .font('regular')
    .fontSize(9)
  pdf.text(plain(order.organizer), EDGE, 24, { width: INNER - 110, height: 12, ellipsis: true })
  pdf.text(count, EDGE, 24, { width: INNER, align: 'right' })
  pdf.font('bold').fontSize(19)
  pdf.text(plain(order.title), EDGE, 42, { width: INNER, height: 48, ellipsis: true })
  pdf.font('regular').fontSize(10)
  const when = whenText(locale, ticket.startsAt, ticket.endsAt, order.timeZone)
  pdf.text(when, EDGE, 96, { width: INNER, height: 14, ellipsis: true })
  const cancelled = order.cancelled ? words[locale].cancelled : null
  if (cancelled) pdf.font('bold')
  pdf.text(cancelled ?? plain(order.place), EDGE, 112, { width: INNER, height: 14, ellipsis: true })
}

function drawCode(pdf: Pdf, token: string): void {
  const matrix = qrMatrix(token)
  const module = QR / (matrix.size + 2 * QUIET_ZONE)
  const [left, top] = [(A5.width - QR) / 2 + QUIET_ZONE * module, BAND + QUIET_ZONE * module]
  // Whole numbers, written at once: a code is most of what a page says.
  const modules = darkRuns(matrix).map(({ row, from, length }) => `${from} ${row} ${length} 1 re`)
  pdf.save().translate(left, top).scale(module).addContent(modules.join('\n')).fill('#000').restore()
}
