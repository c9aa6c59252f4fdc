// What a gate's scanner sees on a buyer's phone and on paper.
import type { Browser } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawPages, look, openBrowser, readText } from '../../scripts/screenshots/pictures.ts'
import { newId } from '../../src/platform/ids.ts'
import { amountText } from '../../src/platform/locale.ts'
import { money } from '../../src/platform/money.ts'
import { startApp, type TestApp } from '../setup/app.ts'
import { addCategory, addEvent } from '../setup/catalogue.ts'
import { documented, readQr } from '../setup/documents.ts'
import { key } from '../setup/shop.ts'
import { hire } from '../setup/staff.ts'

let app: TestApp
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ season: true })
})
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

/** What a decoder reads in a PNG. */
function read(picture: Buffer): string | null {
  const { data, width, height } = PNG.sync.read(picture)
  return readQr({ data: new Uint8ClampedArray(data), width, height })
}

async function bought(quantity: number) {
  const { category } = await documented(app)
  const tickets = [{ ticketCategoryId: category.id, quantity }]
  const { event, documents } = await documented(app, undefined, undefined, { tickets })
  const staff = await hire(app, 'GATE', event.organizerId)
  const gate = await app.prisma.gate.create({
    data: {
      id: newId(),
      eventId: event.id,
      name: `Gerbang ${key()}`,
      categories: { create: { ticketCategoryId: category.id } },
    },
  })
  const admit = async (ticketToken: string | null): Promise<string> => {
    const input = { ticketToken, gateId: gate.id }
    const { body } = await app.call('CheckIn', { input, idempotencyKey: key() }, { token: staff.token })
    return body.data?.checkIn.__typename ?? JSON.stringify(body)
  }
  return { documents, admit }
}

describe('on a phone', () => {
  for (const colorScheme of ['light', 'dark'] as const)
    test(`the code on the screen is read and admits, in ${colorScheme}`, async () => {
      const { documents, admit } = await bought(1)
      const seen = await look(browser, documents.ticketPage, { colorScheme })
      expect(seen.complaints).toEqual([])
      expect(seen.codeWidth).toBeGreaterThan(0.7)
      expect(await admit(read(seen.picture))).toBe('CheckIn')
    })

  test('each ticket has a screen of its own', async () => {
    const { documents, admit } = await bought(2)
    const page = await (await fetch(documents.ticketPage)).text()
    const codes = [...page.matchAll(/<article class="ticket" id="(\w+)"/g)].map(([, code = '']) => code)
    expect(codes).toHaveLength(2)
    const tokens = new Set<string | null>()
    for (const at of codes) {
      const token = read((await look(browser, documents.ticketPage, { at })).picture)
      tokens.add(token)
      expect(await admit(token)).toBe('CheckIn')
    }
    expect(tokens.size).toBe(2)
  })
})

test('on paper: the code of each page of the PDF is read at 150 dots an inch and admits', async () => {
  const { documents, admit } = await bought(2)
  const pdf = Buffer.from(await (await fetch(documents.ticketsPdf)).arrayBuffer())
  const pages = await drawPages(pdf, 150)
  expect(pages).toHaveLength(2)
  for (const page of pages) expect(await admit(read(page))).toBe('CheckIn')
})

describe('the invoice', () => {
  const textOf = async (url: string) =>
    readText(Buffer.from(await (await fetch(url)).arrayBuffer())).then((text) => text.replace(/ +/g, ' '))

  test('says who sold what to whom, and what went back', async () => {
    const { documents, order, payment, event, category } = await documented(app)
    const price = amountText(money(category.priceMinor, 'IDR'), 'id')
    const before = await textOf(documents.invoicePdf)
    for (const said of ['Faktur dan kuitansi', 'INV/', order.number, 'Budi Santoso', event.title, 'QRIS'])
      expect(before).toContain(said)
    expect(before).toContain(`${category.name} 1 ${price} ${price}`)
    expect(before).toContain(`Total dibayar ${price}`)
    expect(before).not.toContain('Pengembalian')
    await app.prisma.refund.create({
      data: {
        id: newId(),
        orderId: order.id,
        paymentId: payment.id,
        status: 'SUCCEEDED',
        cause: 'STAFF',
        amountMinor: 2_500_050n,
        currencyCode: 'IDR',
        reason: 'Panggung pindah',
        createdAt: new Date(),
        succeededAt: new Date(),
      },
    })
    const after = await textOf(`${documents.invoicePdf}?lang=en`)
    expect(after).toMatch(/Refunds, .* \(done\) −IDR 25,000\.50/)
    expect(after).not.toContain('Panggung')
    expect(after).toContain(
      `After refunds ${amountText(money(category.priceMinor - 2_500_050n, 'IDR'), 'en')}`,
    )
  })

  test('goes on over as many pages as its lines need, and loses none', async () => {
    const { documents, order, category } = await documented(app)
    await app.prisma.orderLine.createMany({
      data: Array.from({ length: 90 }, (_, at) => ({
        id: newId(),
        orderId: order.id,
        position: at + 1,
        kind: 'TICKET' as const,
        ticketCategoryId: category.id,
        name: `Baris ${at + 1} ${'yang panjang '.repeat(at % 9)}`,
        unitPriceMinor: 100n,
        quantity: 1,
        totalMinor: 100n,
      })),
    })
    const text = await textOf(documents.invoicePdf)
    for (let at = 1; at <= 90; at++) expect(text).toMatch(new RegExp(`Baris ${at} .*Rp 1 Rp 1\n`))
    const [, pages = ''] = /Halaman 1 dari (\d+)/.exec(text) ?? []
    expect(Number(pages)).toBeGreaterThan(2)
    expect(text).toContain(`Halaman ${pages} dari ${pages}`)
    expect(text.split('\f').length - 1).toBe(Number(pages))
  })
})

describe('what somebody wrote', () => {
  const title = `Malam ${'W'.repeat(194)}`
  const name = `Nama-${'Panjang'.repeat(13)}`
  const email = `${'l'.repeat(60)}@${`${'sub.'.repeat(14)}`}karcis.test`

  async function written() {
    const { organizerId } = await app.prisma.event.findUniqueOrThrow({ where: { slug: 'gelora-kampus' } })
    const event = await addEvent(app, organizerId, {
      title,
      venue: '東京ドーム مهرجان',
      city: 'x'.repeat(100),
    })
    const category = await addCategory(app, event.id, { name: '音楽の夜' })
    const input = { buyer: { name, email }, tickets: [{ ticketCategoryId: category.id, quantity: 1 }] }
    return documented(app, event.slug, category.name, input)
  }

  test('is whole on the ticket, the invoice and the page, in any script and length', async () => {
    const { documents, order } = await written()
    const squeezed = async (url: string) => {
      const text = await readText(Buffer.from(await (await fetch(url)).arrayBuffer()))
      return text.replace(/\s/g, '')
    }
    const ticket = await squeezed(documents.ticketsPdf)
    for (const said of [title, name, '音楽の夜', '東京ドーム', 'x'.repeat(100), order.number])
      expect(ticket).toContain(said.replace(/\s/g, ''))
    const invoice = await squeezed(documents.invoicePdf)
    // Beside a title that goes on, poppler reads what stands next to its first line.
    for (const said of ['W'.repeat(194), '音楽の夜', `${name},${email}`]) expect(invoice).toContain(said)
    // Nothing is wider than the screen, and the code is still there.
    const seen = await look(browser, documents.ticketPage)
    expect(seen.complaints).toEqual([])
    expect(seen.cut).toEqual([])
  })
})
