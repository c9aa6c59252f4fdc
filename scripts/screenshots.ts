// npm run screenshots: pays an order on a private server and keeps what its buyer sees in docs/screenshots/.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seedOnce } from '../prisma/seed.ts'
import { type App, createApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { documentUrl } from '../src/modules/documents/document-links.ts'
import { browse, order, pay } from './demo/buy.ts'
import { createDemoClient } from './demo/client.ts'
import { admit, openGate } from './demo/gate.ts'
import { paidMail } from './demo/mail.ts'
import { refundOne } from './demo/refund.ts'
import { applyMigrations } from './migrations/apply.ts'
import { drawPages, look, openBrowser } from './screenshots/pictures.ts'
import { developmentEnvironment } from './services/environment.ts'
import { freePort } from './services/service.ts'

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url))

/** Walks the way of a buyer, and looks at what it shows. */
async function photograph({ deps }: App, url: string): Promise<void> {
  const client = await createDemoClient(url)
  const offer = await browse(client)
  // Where one may go out and in again, the code of a ticket is shown after its first scan as well.
  await deps.prisma.event.update({ where: { id: offer.event.id }, data: { allowReentry: false } })
  const bought = await order(client, offer)
  const [first] = await pay(client, bought)
  const { id, accessToken } = bought
  const { documents } = (await client.call('OrderDocuments', { id, accessToken })).data['order']
  const fetched = async (address: string) => Buffer.from(await (await fetch(address)).arrayBuffer())
  const keep = (name: string, picture: Buffer | undefined) =>
    writeFile(join(FOLDER, `${name}.png`), picture ?? Buffer.alloc(0))
  const browser = await openBrowser()
  try {
    const page = documents.ticketPage
    await keep('ticket-light', (await look(browser, page)).picture)
    await keep('ticket-dark', (await look(browser, `${page}?lang=en`, { colorScheme: 'dark' })).picture)
    await keep('tickets-pdf', (await drawPages(await fetched(documents.ticketsPdf), 100))[0])
    await keep('mail-paid', (await look(browser, `${await paidMail(client, bought)}/html`)).picture)
    await admit(client, await openGate(client, offer), first)
    await keep('ticket-used', (await look(browser, page)).picture)
    await refundOne(client, bought, await client.login('owner@karcis.test', 'Login'))
    await keep('invoice-pdf', (await drawPages(await fetched(documents.invoicePdf), 80))[0])
    const over = documentUrl(deps, 'tickets', id, new Date(0))
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
    await photograph(app, own.PUBLIC_URL)
  } finally {
    await app.close()
  }
} finally {
  await development.stop()
  await rm(folder, { recursive: true, force: true })
}
