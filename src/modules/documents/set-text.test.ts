import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { drawPdf, type Pdf } from './pdf.ts'
import { putText, type SetText, setText, type TextStyle } from './set-text.ts'

/** What somebody makes of a page that may show this text. */
async function onPage<T>(text: string, work: (pdf: Pdf) => T): Promise<{ made: T; pdf: Buffer }> {
  let made: T | undefined
  const pdf = await drawPdf(
    { size: 'A5', title: 'Judul', locale: 'id', date: new Date(0), shown: { text } },
    (page) => {
      page.addPage()
      made = work(page)
    },
  )
  return { made: made as T, pdf }
}

const setTo = async (text: string, style: Partial<TextStyle> = {}): Promise<SetText> =>
  (await onPage(text, (pdf) => setText(pdf, text, { weight: 'bold', size: 11, width: 160, ...style }))).made

const read = ({ lines }: SetText): string =>
  lines.map(({ runs }) => runs.map(({ text }) => text).join('')).join('')

/** The characters that the glyphs of a file stand for. */
function charactersOf(pdf: Buffer): string {
  const streams = [...pdf.toString('latin1').matchAll(/\/Length (\d+)[^>]*>>\s*stream\r?\n/g)].map((match) =>
    pdf.subarray(match.index + match[0].length, match.index + match[0].length + Number(match[1])),
  )
  const maps = streams.flatMap((stream) => {
    try {
      const text = inflateSync(stream).toString('latin1')
      return text.includes('beginbfrange') ? [text] : []
    } catch {
      return []
    }
  })
  const codes = maps.flatMap((map) => [...map.matchAll(/<([0-9a-f ]{4,})>/g)].map(([, code = '']) => code))
  const units = codes
    .flatMap((code) => code.replaceAll(' ', '').match(/.{4}/g) ?? [])
    .map((unit) => Number.parseInt(unit, 16))
  return String.fromCharCode(...units)
}

const LONG: Readonly<Record<string, string>> = {
  'a word of 200 characters': 'W'.repeat(200),
  'many words': 'kategori yang panjang '.repeat(10).trim(),
  'an e-mail': `${'l'.repeat(64)}@${'sub.'.repeat(46)}example`,
  'Han without spaces': '音'.repeat(200),
  'Thai without spaces': 'เทศกาลดนตรีนานาชาติ'.repeat(8),
  'Arabic in one word': 'مهرجان'.repeat(20),
}

describe.each(Object.entries(LONG))('%s', (_, text) => {
  test('gets smaller until all of it is in its box', async () => {
    const box = { width: 160, height: 31 }
    const set = await setTo(text, box)
    expect([...read(set)].length).toBeGreaterThanOrEqual([...text.replaceAll(' ', '')].length)
    expect(set.height).toBeLessThanOrEqual(box.height)
    for (const { width } of set.lines) expect(width * set.size).toBeLessThanOrEqual(box.width)
  })

  test('goes on over as many lines as it needs, in its own size, where it may', async () => {
    const set = await setTo(text)
    expect(set.size).toBe(11)
    expect(set.lines.length).toBeGreaterThan(3)
    expect([...read(set)].length).toBeGreaterThanOrEqual([...text.replaceAll(' ', '')].length)
  })
})

const SCRIPTS: Readonly<Record<string, string>> = {
  Latin: 'Čeština ếễ İstanbul',
  Cyrillic: 'Ночь музыки',
  Greek: 'Νύχτα μουσικής',
  Arabic: 'مهرجان',
  Hebrew: 'פסטיבל',
  Thai: 'เทศกาล',
  Devanagari: 'महोत',
  Javanese: 'ꦲꦏ',
  Balinese: 'ᬅᬓ',
  Chinese: '音乐之夜漢字',
  Japanese: '音楽の夜チケット',
  Korean: '음악의',
  emoji: '🎉🎶',
  signs: '♪ ★ ₹ — …',
}

test.each(Object.entries(SCRIPTS))('%s has glyphs, in both weights', async (_, text) => {
  for (const weight of ['regular', 'bold'] as const) {
    const style = { weight, size: 10, width: 300 }
    const { pdf } = await onPage(text, (page) => putText(page, text, 20, 20, style))
    const drawn = charactersOf(pdf)
    // A letter that is joined is drawn by a glyph of another form, which still says what it is.
    for (const character of text.replace(/\s/g, '')) expect(drawn).toContain(character)
    // Only what is shown is in the file, of fonts of many megabytes.
    expect(pdf.length).toBeLessThan(40_000)
  }
})

test('what no font has is a question mark, and what is invisible is nothing', async () => {
  expect(read(await setTo('a\u{13000}b'))).toBe('a?b')
  expect(read(await setTo('a\u200b\u2060b\u00ad'))).toBe('ab')
  expect(read(await setTo('Ani \u202eevil\u202c 👍🏽'))).toBe('Ani evil 👍')
})

test('a text in both directions stands in the order in which it is read', async () => {
  const runs = async (text: string) =>
    (await setTo(text, { width: 400 })).lines[0]?.runs.map((run) => run.text.trim()).filter(Boolean)
  expect(await runs('שלום (Karcis) 12')).toEqual(['12', '(', 'Karcis', ')', 'שלום'])
  expect(await runs('Karcis שלום 12')).toEqual(['Karcis', '12', 'שלום'])
  expect(await runs('Malam مهرجان الموسيقى 2027')).toEqual(['Malam', '2027', 'الموسيقى', 'مهرجان'])
})
