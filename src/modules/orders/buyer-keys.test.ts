import { expect, test } from 'vitest'
import { emailKey, identitiesOf, phoneKey } from './buyer-keys.ts'

test.each([
  ['budi@karcis.test', 'budi@karcis.test'],
  ['budi+konser@karcis.test', 'budi@karcis.test'],
  ['budi+a+b@karcis.test', 'budi@karcis.test'],
  ['b.udi@karcis.test', 'b.udi@karcis.test'],
  ['b.u.d.i@gmail.com', 'budi@gmail.com'],
  ['bu.di+x@googlemail.com', 'budi@gmail.com'],
  ['+budi@karcis.test', '+budi@karcis.test'],
  ['budi@plus+domain.test', 'budi@plus+domain.test'],
])('the mailbox of %s is %s', (email, mailbox) => {
  expect(emailKey(email)).toBe(mailbox)
})

test.each([
  ['+6281234567890', '6281234567890'],
  ['6281234567890', '6281234567890'],
  ['006281234567890', '6281234567890'],
  ['081234567890', '6281234567890'],
  ['81234567890', '6281234567890'],
  ['+62081234567890', '6281234567890'],
  ['+14155550123', '14155550123'],
  ['+81312345678', '81312345678'],
])('the number %s is %s', (phone, number) => {
  expect(phoneKey(phone)).toBe(number)
})

test('a key is its own key, so it may be taken twice', () => {
  expect(phoneKey(phoneKey('081234567890'))).toBe('6281234567890')
  expect(emailKey(emailKey('b.udi+x@gmail.com'))).toBe('budi@gmail.com')
})

test('who gives no phone and no device is known by neither', () => {
  expect(phoneKey(null)).toBeNull()
  expect(
    identitiesOf({
      accountId: null,
      buyerEmailKey: 'a@b.test',
      buyerPhoneKey: null,
      buyerDevice: null,
      buyerNetwork: null,
    }),
  ).toEqual(['email a@b.test'])
})
