import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { drawPdf } from './pdf.ts'

const draw = (text: string) =>
  drawPdf({ size: 'A5', title: 'Judul', locale: 'id', date: new Date(0), shown: text }, (pdf) => {
    pdf.addPage()
    pdf.font('bold').text(text, 20, 20)
  })

/** What each glyph of the file stands for, in UTF-16. */
const mappings = (pdf: Buffer): string =>
  [...pdf.toString('latin1').matchAll(/\/Length (\d+)[^>]*>>\s*stream\r?\n/g)]
    .map((match) =>
      pdf.subarray(match.index + match[0].length, match.index + match[0].length + Number(match[1])),
    )
    .flatMap((stream) => {
      try {
        return [inflateSync(stream).toString('latin1')]
      } catch {
        return []
      }
    })
    .filter((text) => text.includes('beginbfrange'))
    .join()

test('what other documents drew before leaves no trace', async () => {
  // In this font a colon is made of two full stops.
  await draw('15:00; é')
  const first = await draw('Rp 150.000')
  expect(mappings(first)).toContain('002e')
  for (const other of ['i… ÄÖÜ', '\u00a0']) await draw(other)
  expect((await draw('Rp 150.000')).equals(first)).toBe(true)
})

test('a letter is copied out as itself, though another document drew its glyph for another one', async () => {
  // In this font an ohm sign looks like an omega.
  await draw('\u2126')
  expect(mappings(await draw('\u03a9'))).toContain('03a9')
})

test('a document is the same when its words were forgotten and are set anew', async () => {
  const first = await draw('Rp 150.000')
  for (let page = 0; page < 30; page++)
    await draw(Array.from({ length: 100 }, (_, n) => `${page * 100 + n}`).join(' '))
  expect((await draw('Rp 150.000')).equals(first)).toBe(true)
})
