import { expect, test } from 'vitest'
import { holdsLink } from './holds-link.ts'

test.each([
  'https://evil.example/win',
  'Klik hxxp://evil',
  'WWW.evil.example',
  'you@evil.example',
  'a@b',
  'bit.ly/3abc',
  's.id/promo',
  'wa.me/628123456789',
  'menang evil.com sekarang',
  'HADIAH.XYZ',
  'promo.co.id',
  'evil．com',
  'evil。com',
  'ev\u200bil.c\u200dom',
  'evil.example:8080',
  '10.0.0.1',
  'mailto:x',
])('%s holds a link', (text) => {
  expect(holdsLink(text)).toBe(true)
})

test.each([
  'St. John',
  "D'Angelo Jr.",
  'Dr.Ir. H. Budi Santoso, S.Si., M.Si.',
  'Siti Aminah, S.Ag, M.Ag.',
  'Agus A.Md.Kom',
  'J.R.R. Tolkien',
  'Moh.Ali bin R.Soekarno',
  'Prof.Dr.Ir.Joko',
  'Ny. Sri (Bu RT)',
  'Budi/Ani',
  'Tim A: Sari',
  'Ngô Thị Hương',
  '山田 太郎',
])('%s is a name', (text) => {
  expect(holdsLink(text)).toBe(false)
})
