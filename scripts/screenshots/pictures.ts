// What a person sees: pages in a real browser at a phone's size, and the pages of a PDF.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { findProgram } from '../services/debian-programs.ts'

const execute = promisify(execFile)

const CHROMIUM = {
  files: [
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  // Without a font there would be nothing to read.
  packages: ['chromium', 'fonts-liberation'],
}
const poppler = (name: string) => ({
  files: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].map((folder) => `${folder}/${name}`),
  packages: ['poppler-utils'],
})
const PDFTOPPM = poppler('pdftoppm')
const PDFTOTEXT = poppler('pdftotext')

/** A small phone of today; `scale` is its device pixels a CSS pixel. */
export const PHONE = { width: 390, height: 844, scale: 2 } as const

export async function openBrowser(): Promise<Browser> {
  const executablePath = await findProgram(CHROMIUM)
  // Its sandbox needs a user that is not root; it is shown nothing but our own pages.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

export interface View {
  readonly colorScheme?: 'light' | 'dark'
  readonly locale?: string
  /** Scrolls to the element with this id first. */
  readonly at?: string
}

export interface Seen {
  /** PNG of the screen. */
  readonly picture: Buffer
  /** The width of the first code on it, of the screen's 1; null without one. */
  readonly codeWidth: number | null
  /** What the browser refused or failed to do. */
  readonly complaints: readonly string[]
  /** Texts that are wider than their place, so that a part cannot be seen. */
  readonly cut: readonly string[]
}

/** Opens an address on a phone without JavaScript, and looks. */
export async function look(browser: Browser, url: string, view: View = {}): Promise<Seen> {
  const context = await browser.newContext({
    viewport: { width: PHONE.width, height: PHONE.height },
    deviceScaleFactor: PHONE.scale,
    isMobile: true,
    javaScriptEnabled: false,
    colorScheme: view.colorScheme ?? 'light',
    locale: view.locale ?? 'id-ID',
  })
  try {
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('requestfailed', (request) => complaints.push(request.url()))
    await page.goto(url, { waitUntil: 'load' })
    if (view.at) await page.locator(`[id="${view.at}"]`).scrollIntoViewIfNeeded()
    const picture = await page.screenshot()
    const codes = page.locator('svg')
    const box = (await codes.count()) > 0 ? await codes.first().boundingBox() : null
    const cut: string[] = await page.evaluate(
      `[...document.querySelectorAll('body *')].filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0).map((one) => one.textContent)`,
    )
    return { picture, codeWidth: box ? box.width / PHONE.width : null, complaints, cut }
  } finally {
    await context.close()
  }
}

/** What a PDF says, page after page, as poppler reads it. */
export const readText = (pdf: Buffer): Promise<string> =>
  withPdf(pdf, async (file) => {
    const program = await findProgram(PDFTOTEXT)
    return (await execute(program, ['-layout', file, '-'])).stdout
  })

/** The pages of a PDF as PNG, as poppler draws them. */
export const drawPages = (pdf: Buffer, dotsAnInch: number): Promise<Buffer[]> =>
  withPdf(pdf, async (file, folder) => {
    const program = await findProgram(PDFTOPPM)
    await execute(program, ['-png', '-r', String(dotsAnInch), file, join(folder, 'page')])
    const names = (await readdir(folder)).filter((name) => name.endsWith('.png')).sort()
    return Promise.all(names.map((name) => readFile(join(folder, name))))
  })

async function withPdf<T>(pdf: Buffer, work: (file: string, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'karcis-pages-'))
  try {
    const file = join(folder, 'in.pdf')
    await writeFile(file, pdf)
    return await work(file, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
