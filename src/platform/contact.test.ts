import { expect, test } from 'vitest'
import { nameProblem, readName } from './contact.ts'
import { isEmail, normalEmail } from './email.ts'
import { internationalPhone, isPhone, normalPhone } from './phone.ts'

test.each([
  'budi@karcis.test',
  ' Budi@Karcis.TEST\n',
  'ｂｕｄｉ＠ｋａｒｃｉｓ．ｔｅｓｔ',
  'bu\u200bdi@kar\u00adcis.test',
  '\u202abudi@karcis.test\u202c',
  '\ufeffbudi@karcis.test',
  'bu\u2060di@karcis.test',
])('%j is budi@karcis.test', (typed) => {
  expect(normalEmail(typed)).toBe('budi@karcis.test')
  expect(isEmail(normalEmail(typed))).toBe(true)
})

test.each([
  ['sari@bücher.example', 'sari@xn--bcher-kva.example'],
  ['sari@BÜCHER.example', 'sari@xn--bcher-kva.example'],
  ['sari@bu\u0308cher。example', 'sari@xn--bcher-kva.example'],
  ['sari@例え.テスト', 'sari@xn--r8jz45g.xn--zckzah'],
])('the domain of %s is compared in ASCII', (typed, email) => {
  expect(normalEmail(typed)).toBe(email)
  expect(isEmail(email)).toBe(true)
})

test.each([
  'a..b@x.test',
  '.a@x.test',
  'a.@x.test',
  'a@x.test.',
  'a@x..test',
  'a@.x.test',
  'a@x',
  'a@-x.test',
  'a@x-.test',
  'a@x_y.test',
  'a@1.2.3.4',
  'a@[1.2.3.4]',
  '"a b"@x.test',
  'a b@x.test',
  'a@b@x.test',
  '@x.test',
  'andré@x.test',
  `${'a'.repeat(65)}@x.test`,
  `a@${'b'.repeat(64)}.test`,
  `${'a'.repeat(64)}@${'b.'.repeat(95)}test`,
  '',
])('mail cannot be carried to %j', (typed) => {
  expect(isEmail(normalEmail(typed))).toBe(false)
})

test.each(["o'neil+x@a-b.co", '_x_@x.test', 'a.b.c@x.y.z.example', `${'a'.repeat(64)}@x.test`])(
  'mail can be carried to %s',
  (email) => {
    expect(isEmail(normalEmail(email))).toBe(true)
  },
)

test.each([
  '+6281234567890',
  '+62 812-3456-7890',
  '+62 (0)812 3456 7890',
  '+62 (0) 812 3456 7890',
  '+62(812)3456.7890',
  '0812 3456 7890',
  '(0)812 3456 7890',
  '+081234567890',
  '+0 812 3456 7890',
  '81234567890',
  '00 62 812 3456 7890',
  '\u202a+62 812\u20113456\u20117890\u202c',
  '＋６２８１２３４５６７８９０',
  '+62\u00a0812\u2009\u20133456/7890',
  '\ufeff0812\u200b3456\u20607890',
])('%j is one phone', (typed) => {
  const phone = normalPhone(typed) ?? ''
  expect(isPhone(phone)).toBe(true)
  expect(internationalPhone(phone)).toBe('6281234567890')
  expect(internationalPhone(typed)).toBe('6281234567890')
})

test.each(['12', 'abc', '0812-ABC-DEFG', '+62812345678901234', '++6281234567890', 'x'.repeat(10_000)])(
  '%j is no phone',
  (typed) => {
    expect(isPhone(normalPhone(typed) ?? '')).toBe(false)
  },
)

test.each(['', ' ', '-', '()', '\u200b'])('%j is none at all', (typed) => {
  expect(normalPhone(typed)).toBeNull()
})

const BLANK = [
  '\u2800',
  '\u3164',
  '\u115f',
  '\u1160',
  '\uffa0',
  '\u200b',
  '\u00ad',
  '\u3000',
  '\u00a0',
  '\u2060',
  '\ufe0f',
  '\u0301',
  '\u180e',
  '\u{e0020}',
  '\u{1d159}',
]

test.each([...BLANK, BLANK.join(''), ' \u2800 \u200b '])('%j is blank to the eye and no name', (typed) => {
  expect(nameProblem(readName(typed))).not.toBeNull()
})

test.each(['A', 'Sari Dewi', 'میرزا\u200cخان', 'Đặng', '李', "D'Angelo", '1', '🎫', `\u2800Budi`])(
  '%j is a name',
  (typed) => {
    expect(nameProblem(readName(typed))).toBeNull()
  },
)
