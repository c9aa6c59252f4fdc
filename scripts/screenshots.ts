// npm run screenshots: pays an order on a private server and keeps what its buyer sees in docs/screenshots/.
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seedOnce } from '../prisma/seed.ts'
import { type App, createApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { documentUrl } from '../src/modules/documents/document-links.ts'
import { createDemoClient } from './demo/client.ts'
import { applyMigrations } from './migrations/apply.ts'
import { drawPages, look, openBrowser } from './screenshots/pictures.ts'
import { developmentEnvironment } from './services/environment.ts'
import { freePort } from './services/service.ts'

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url))
const EVENT = 'gelora-kampus'

/** Buys two tickets and a T-shirt, and pays. */
async function buy(url: string): Promise<{ id: string; accessToken: string }> {
  const { call, post, check } = await createDemoClient(url)
  const { event } = (await call('EventDetail', { slug: EVENT }, { method: 'GET' })).data
  const category = event.ticketCategories.find(({ name }: { name: string }) => name === 'Reguler')
  const cart = {
    eventId: event.id,
    tickets: [
      { ticketCategoryId: category.id, quantity: 2, attendeeNames: ['Sari Wulandari', 'Budi Santoso'] },
    ],
    merchandise: [{ variantId: event.merchandise[0].variants[0].id, quantity: 1 }],
    buyer: { name: 'Sari Wulandari', email: 'sari@karcis.test' },
  }
  const placed = (await call('CreateOrder', { input: cart, idempotencyKey: randomUUID() })).data[
    'createOrder'
  ]
  const input = { orderId: placed.id, accessToken: placed.accessToken, method: 'QRIS' }
  const payment = (await call('PayOrder', { input, idempotencyKey: randomUUID() })).data['payOrder']
  const settled = await post(payment.redirectUrl, { outcome: 'settle' })
  check('the sandbox settled it', settled.ok)
  return { id: placed.id, accessToken: placed.accessToken }
}

async function photograph(app: App, order: { id: string; accessToken: string }, url: string): Promise<void> {
  const { call } = await createDemoClient(url)
  const { documents } = (await call('OrderDocuments', order)).data['order']
  const { deps } = app
  const ticket = await deps.prisma.ticket.findFirst({
    where: { orderId: order.id },
    orderBy: [{ orderLineId: 'asc' }, { unit: 'asc' }],
  })
  const fetched = async (address: string) => Buffer.from(await (await fetch(address)).arrayBuffer())
  const keep = (name: string, picture: Buffer | undefined) =>
    writeFile(join(FOLDER, `${name}.png`), picture ?? Buffer.alloc(0))
  const browser = await openBrowser()
  try {
    const page = documents.ticketPage
    await keep('ticket-light', (await look(browser, page)).picture)
    await keep('ticket-dark', (await look(browser, `${page}?lang=en`, { colorScheme: 'dark' })).picture)
    await keep('tickets-pdf', (await drawPages(await fetched(documents.ticketsPdf), 100))[0])
    // What a gate would have done since, where nobody goes out and in again, and staff.
    await deps.prisma.event.update({ where: { slug: EVENT }, data: { allowReentry: false } })
    await deps.prisma.ticket.update({ where: { id: ticket?.id ?? '' }, data: { status: 'USED' } })
    await keep('ticket-used', (await look(browser, page)).picture)
    const payment = await deps.prisma.payment.findFirstOrThrow({ where: { orderId: order.id } })
    await deps.prisma.refund.create({
      data: {
        id: randomUUID(),
        orderId: order.id,
        paymentId: payment.id,
        cause: 'STAFF',
        status: 'SUCCEEDED',
        amountMinor: 7_500_000n,
        currencyCode: 'IDR',
        reason: 'Kaos tidak tersedia',
        createdAt: deps.clock.now(),
        succeededAt: deps.clock.now(),
      },
    })
    await keep('invoice-pdf', (await drawPages(await fetched(documents.invoicePdf), 80))[0])
    const over = documentUrl(deps, 'tickets', order.id, new Date(0))
    await keep('link-expired', (await look(browser, over)).picture)
    console.log('\nKept in docs/screenshots/.')
  } finally {
    await browser.close()
  }
}

const folder = await mkdtemp(join(tmpdir(), 'karcis-screenshots-'))
const port = await freePort()
const own = {
  DATA_DIR: folder,
  PORT: String(port),
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  LOG_LEVEL: 'warn',
}
const development = await developmentEnvironment({ PATH: process.env['PATH'], ...own })
try {
  await applyMigrations(development.env['DATABASE_URL'] ?? '')
  await seedOnce(development.env['DATABASE_URL'] ?? '', development.env)
  const app = await createApp(loadConfig(development.env))
  try {
    await app.listen()
    await mkdir(FOLDER, { recursive: true })
    await photograph(app, await buy(own.PUBLIC_URL), own.PUBLIC_URL)
  } finally {
    await app.close()
  }
} finally {
  await development.stop()
  await rm(folder, { recursive: true, force: true })
}
