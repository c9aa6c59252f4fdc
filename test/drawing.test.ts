// Where documents and QR codes are drawn, how many at once, and for whom.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { importsOf } from '../scripts/boundaries.ts'
import { createDrawing } from '../src/modules/documents/drawing.ts'
import { Busy } from '../src/platform/errors.ts'
import { createMetrics } from '../src/platform/telemetry.ts'

const metrics = createMetrics(() => ({ total: 0, idle: 0, waiting: 0 }))
const log = pino({ level: 'silent' })
const drawing = createDrawing({ log, metrics })
afterAll(() => drawing.close())

async function counted(): Promise<Record<string, number>> {
  const { values } = await metrics.drawings.get()
  return Object.fromEntries(values.map(({ labels, value }) => [`${labels.kind} ${labels.outcome}`, value]))
}

test('no file that the event loop runs can load a library that draws', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const imports = importsOf(root)
  /** Everything that a process loads from here, now or later. */
  const reachedFrom = (...entries: string[]) => {
    const reached = new Set(entries)
    for (const one of reached) for (const { from, to } of imports) if (from === one) reached.add(to)
    return reached
  }
  const libraries = ['pdfkit', 'fontkit', 'qrcode']
  const thread = reachedFrom(join('src', 'modules', 'documents', 'draw-thread.ts'))
  expect(libraries.filter((name) => thread.has(name))).toEqual(libraries)
  const loop = reachedFrom('src/main.ts', 'src/worker.ts')
  expect([...loop].filter((name) => libraries.includes(name))).toEqual([])
})

test('the same at once is drawn once, and again from what is kept', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, n) => drawing.qr('sama', 'png', `net ${n}`).body()),
  )
  expect(new Set(all).size).toBe(1)
  await drawing.qr('sama', 'png', 'net').body()
  expect(await counted()).toEqual({ 'qr drawn': 1, 'qr joined': 19, 'qr kept': 1 })
})

test('a network that floods is refused beyond its places, while others and our own mails are served', async () => {
  const flood = Array.from({ length: 200 }, (_, n) =>
    drawing
      .qr(`banjir ${n}`, 'svg', 'flood')
      .body()
      .catch((error: unknown) => error),
  )
  const others = Array.from({ length: 10 }, (_, n) => drawing.qr(`lain ${n}`, 'svg', `net ${n}`).body())
  const own = Array.from({ length: 100 }, (_, n) => drawing.qr(`surel ${n}`, 'svg', null).body())
  const refused = (await Promise.all(flood)).filter((one) => one instanceof Busy)
  expect(refused).toHaveLength(200 - 17)
  expect(await Promise.all([...others, ...own])).toHaveLength(110)
  expect(drawing.threads()).toBeLessThanOrEqual(2)
})

test('what is kept is bounded in bytes, and no one document takes more than half', async () => {
  const little = createDrawing({ log, metrics, keptBytes: 40_000 })
  try {
    const draw = async (text: string) => (await little.qr(text, 'svg', null).body()).length
    const { 'qr drawn': before = 0, 'qr kept': keptBefore = 0 } = await counted()
    let [small, bytes] = [0, 0]
    for (; bytes < 40_000; small++) bytes += await draw(`${small}`)
    await draw('0')
    const large = 'x'.repeat(1_500)
    expect(await draw(large)).toBeGreaterThan(20_000)
    await draw(large)
    await draw('0')
    // The first was driven out and drawn again, and then it stayed; the large one was drawn both times.
    expect(await counted()).toMatchObject({ 'qr kept': keptBefore + 1, 'qr drawn': before + small + 3 })
  } finally {
    await little.close()
  }
})
