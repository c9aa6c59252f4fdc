import { amountText, HOME, type Locale, momentText } from '../../platform/locale.ts'
import { money } from '../../platform/money.ts'
import type { InvoiceView } from './invoice-view.ts'
import { drawPdf, type Pdf, plain } from './pdf.ts'
import { type Words, words } from './words.ts'

const EDGE = 56
const WIDTH = 595.28 - 2 * EDGE
const BOTTOM = 760
// Where the columns begin and how wide they are; all but the first are set flush right.
const COLUMNS = { item: [0, 236], quantity: [236, 50], price: [286, 95], amount: [381, WIDTH - 381] } as const
const INK = '#171a2b'
const SOFT = '#555b73'
const LINE = '#c9cede'
const BAND = '#2b2f77'

/** Invoice and receipt of a paid order in one, with what was given back since. */
export const drawInvoice = (order: InvoiceView, locale: Locale): Promise<Buffer> => {
  const { invoice } = order
  const said = words[locale]
  const title = `${said.receipt} ${invoice.label}`
  return drawPdf({ size: 'A4', title, locale, date: invoice.issuedAt }, (pdf) => {
    pdf.addPage()
    drawHead(pdf, order, locale)
    let y = drawTableHead(pdf, said, 262)
    for (const line of order.lines) y = drawLine(pdf, order, line, y, locale)
    drawSums(pdf, order, y + 14, locale)
    drawFooters(pdf, `${order.organizer.name} · ${invoice.label}`, said)
  })
}

function drawHead(pdf: Pdf, order: InvoiceView, locale: Locale): void {
  const { invoice } = order
  const said = words[locale]
  const zone = order.event?.timeZone ?? HOME
  pdf.rect(0, 0, 595.28, 8).fill(BAND)
  pdf.font('bold').fontSize(20).fillColor(INK).text(said.receipt, EDGE, 48, { width: WIDTH })
  const [payment] = order.payments
  const facts: [string, string][] = [
    [said.number, invoice.label],
    [said.date, momentText(locale, invoice.issuedAt, zone)],
    [said.order, order.number],
    [said.paidAt, order.paidAt ? momentText(locale, order.paidAt, zone) : ''],
    [said.seller, order.organizer.name],
    [said.buyer, `${order.buyerName}, ${order.buyerEmail}`],
    ...(order.event ? [[said.event, order.event.title] satisfies [string, string]] : []),
    ...(payment ? [[said.method, payment.method.replaceAll('_', ' ')] satisfies [string, string]] : []),
  ]
  for (const [at, [name, value]] of facts.entries()) {
    const x = EDGE + (at % 2) * (WIDTH / 2)
    const y = 90 + Math.floor(at / 2) * 40
    pdf.font('regular').fontSize(8).fillColor(SOFT).text(name, x, y)
    const fit = { width: WIDTH / 2 - 16, height: 26, ellipsis: true }
    pdf
      .font('bold')
      .fontSize(10)
      .fillColor(INK)
      .text(plain(value), x, y + 11, fit)
  }
}

type Column = keyof typeof COLUMNS

function cell(pdf: Pdf, column: Column, text: string, y: number): void {
  const [x, width] = COLUMNS[column]
  pdf.text(text, EDGE + x, y, { width, align: column === 'item' ? 'left' : 'right' })
}

function drawTableHead(pdf: Pdf, said: Words, y: number): number {
  pdf.font('bold').fontSize(9).fillColor(SOFT)
  for (const column of ['item', 'quantity', 'price', 'amount'] as const) cell(pdf, column, said[column], y)
  rule(pdf, y + 16)
  return y + 24
}

const rule = (pdf: Pdf, y: number): void => {
  pdf
    .moveTo(EDGE, y)
    .lineTo(EDGE + WIDTH, y)
    .lineWidth(0.7)
    .stroke(LINE)
}

function drawLine(
  pdf: Pdf,
  order: InvoiceView,
  line: InvoiceView['lines'][number],
  y: number,
  locale: Locale,
): number {
  pdf.font('regular').fontSize(10).fillColor(INK)
  const name = plain(line.name)
  const height = pdf.heightOfString(name, { width: COLUMNS.item[1] })
  let top = y
  if (top + height > BOTTOM) {
    pdf.addPage()
    top = drawTableHead(pdf, words[locale], 56)
    pdf.font('regular').fontSize(10).fillColor(INK)
  }
  cell(pdf, 'item', name, top)
  cell(pdf, 'quantity', String(line.quantity), top)
  cell(pdf, 'price', amountText(money(line.unitPriceMinor, order.currencyCode), locale), top)
  cell(pdf, 'amount', amountText(money(line.totalMinor, order.currencyCode), locale), top)
  return top + height + 7
}

function drawSums(pdf: Pdf, order: InvoiceView, from: number, locale: Locale): void {
  const said = words[locale]
  const zone = order.event?.timeZone ?? HOME
  const sum = (minor: bigint) => amountText(money(minor, order.currencyCode), locale)
  const returned = order.refunds.reduce((total, refund) => total + refund.amountMinor, 0n)
  const discount = order.promoCode ? `${said.discount} (${plain(order.promoCode)})` : said.discount
  const rows: [string, string, 'regular' | 'bold'][] = [
    ...(order.discountMinor > 0n
      ? ([
          [said.subtotal, sum(order.subtotalMinor), 'regular'],
          [discount, `−${sum(order.discountMinor)}`, 'regular'],
        ] satisfies [string, string, 'regular'][])
      : []),
    [said.total, sum(order.totalMinor), 'bold'],
    ...order.refunds.map((refund): [string, string, 'regular'] => [
      `${said.refunds}, ${momentText(locale, refund.createdAt, zone)} (${refund.status === 'SUCCEEDED' ? said.refundDone : said.refundUnderWay})`,
      `−${sum(refund.amountMinor)}`,
      'regular',
    ]),
    ...(returned > 0n
      ? [[said.kept, sum(order.totalMinor - returned), 'bold'] satisfies [string, string, 'bold']]
      : []),
  ]
  let y = from
  rule(pdf, y - 8)
  for (const [name, value, weight] of rows) {
    pdf.font(weight).fontSize(10).fillColor(INK)
    const height = pdf.heightOfString(name, { width: 370 })
    if (y + height > BOTTOM) {
      pdf.addPage()
      y = 56
    }
    pdf.text(name, EDGE, y, { width: 370 })
    cell(pdf, 'amount', value, y)
    y += height + 7
  }
}

function drawFooters(pdf: Pdf, text: string, said: Words): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let at = 0; at < count; at++) {
    pdf.switchToPage(start + at)
    pdf.font('regular').fontSize(8).fillColor(SOFT)
    pdf.text(plain(text), EDGE, 800, { width: WIDTH - 90, height: 12, ellipsis: true })
    pdf.text(said.page(at + 1, count), EDGE, 800, { width: WIDTH, align: 'right' })
  }
}
