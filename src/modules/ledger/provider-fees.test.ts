import { expect, test } from 'vitest'
import { feeOf } from './provider-fees.ts'

const fee = (method: Parameters<typeof feeOf>[0]['method'], rupiah: number, currencyCode = 'IDR') =>
  feeOf({ method, amountMinor: BigInt(rupiah) * 100n, currencyCode })

test('a share is rounded to whole rupiah, half up', () => {
  expect([fee('QRIS', 71), fee('QRIS', 72), fee('QRIS', 500), fee('GOPAY', 25)]).toEqual([
    0n,
    100n,
    400n,
    100n,
  ])
  expect(fee('GOPAY', 150_000)).toBe(300_000n)
})

test('a transfer costs the same whatever its amount, and never more than it', () => {
  expect([fee('BCA_VA', 1_000_000), fee('MANDIRI_BILL', 10_000), fee('BNI_VA', 3_000)]).toEqual([
    400_000n,
    400_000n,
    300_000n,
  ])
})

test('what is not known is no fee', () => {
  expect([fee('SNAP', 150_000), fee('QRIS', 150_000, 'USD')]).toEqual([0n, 0n])
})
