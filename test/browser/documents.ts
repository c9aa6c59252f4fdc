// What a gate's scanner sees on a buyer's phone and on paper.
import type { Browser } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawPages, look, openBrowser } from '../../scripts/screenshots/pictures.ts'
import { newId } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../setup/app.ts'
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
