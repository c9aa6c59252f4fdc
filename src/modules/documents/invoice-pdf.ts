import { amountText, HOME, type Locale, momentText } from '../../platform/locale.ts'
import { money } from '../../platform/money.ts'
import type { InvoiceView } from './invoice-view.ts'
import { drawPdf, type Pdf } from './pdf.ts'
import { putText, setText, type TextStyle } from './set-text.ts'
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
  return drawPdf({ size: 'A4', title, locale, date: invoice.issuedAt, shown: order }, (pdf) => {
    pdf.addPage()
    let y = drawTableHead(pdf, said, drawHead(pdf, order, locale) + 12)
    for (const line of order.lines) y = drawLine(pdf, order, line, y, locale)
    drawSums(pdf, order, y + 14, locale)
    drawFooters(pdf, `${order.organizer.name} · ${invoice.label}`, said)
  })
}

/** Gives where it ends. */
function drawHead(pdf: Pdf, order: InvoiceView, locale: Locale): number {
  const { invoice } = order
  const said = words[locale]
  const zone = order.event?.timeZone ?? HOME
  pdf.rect(0, 0, 595.28, 8).fill(BAND)
  pdf.fillColor(INK)
  putText(pdf, said.receipt, EDGE, 48, { weight: 'bold', size: 20, width: WIDTH })
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
  let y = 90
  for (let at = 0; at < facts.length; at += 2) {
    const heights = facts.slice(at, at + 2).map(([name, value], column) => {
      const x = EDGE + column * (WIDTH / 2)
      pdf.fillColor(SOFT)
      putText(pdf, name, x, y, { ...half, weight: 'regular', size: 8 })
      pdf.fillColor(INK)
      return putText(pdf, value, x, y + 11, { ...half, weight: 'bold', size: 10 })
    })
    y += Math.max(...heights) + 28
  }
  return y
}

const half = { width: WIDTH / 2 - 16 } as const

type Column = keyof typeof COLUMNS

/** Gives the height. Figures get smaller where they are long, since a figure on two lines reads as two. */
function cell(pdf: Pdf, column: Column, text: string, y: number, style: Pick<TextStyle, 'weight' | 'size'>) {
  const [x, width] = COLUMNS[column]
  const isName = column === 'item'
  const own = isName ? { width } : { width, align: 'right' as const, height: style.size * 1.3 }
  return putText(pdf, text, EDGE + x, y, { ...style, ...own })
}

function drawTableHead(pdf: Pdf, said: Words, y: number): number {
  pdf.fillColor(SOFT)
  for (const column of ['item', 'quantity', 'price', 'amount'] as const)
    cell(pdf, column, said[column], y, { weight: 'bold', size: 9 })
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
  const style = { weight: 'regular', size: 10 } as const
  const name = { ...style, width: COLUMNS.item[1] }
  const { height } = setText(pdf, line.name, name)
  let top = y
  if (top + height > BOTTOM) {
    pdf.addPage()
    top = drawTableHead(pdf, words[locale], 56)
  }
  pdf.fillColor(INK)
  cell(pdf, 'item', line.name, top, style)
  cell(pdf, 'quantity', String(line.quantity), top, style)
  cell(pdf, 'price', amountText(money(line.unitPriceMinor, order.currencyCode), locale), top, style)
  cell(pdf, 'amount', amountText(money(line.totalMinor, order.currencyCode), locale), top, style)
  return top + height + 7
}

function drawSums(pdf: Pdf, order: InvoiceView, from: number, locale: Locale): void {
  const said = words[locale]
  const zone = order.event?.timeZone ?? HOME
  const sum = (minor: bigint) => amountText(money(minor, order.currencyCode), locale)
  const returned = order.refunds.reduce((total, refund) => total + refund.amountMinor, 0n)
  const discount = order.promoCode ? `${said.discount} (${order.promoCode})` : said.discount
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
    const style = { weight, size: 10, width: 370 } as const
    const { height } = setText(pdf, name, style)
    if (y + height > BOTTOM) {
      pdf.addPage()
      y = 56
    }
    pdf.fillColor(INK)
    putText(pdf, name, EDGE, y, style)
    cell(pdf, 'amount', value, y, { weight, size: 10 })
    y += height + 7
  }
}

function drawFooters(pdf: Pdf, text: string, said: Words): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let at = 0; at < count; at++) {
    pdf.switchToPage(start + at)
    pdf.fillColor(SOFT)
    const small = { weight: 'regular', size: 8, width: WIDTH } as const
    putText(pdf, text, EDGE, 800, { ...small, width: WIDTH - 90, height: 20 })
    putText(pdf, said.page(at + 1, count), EDGE, 800, { ...small, align: 'right' })
  }
}
