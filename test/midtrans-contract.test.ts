// docs/midtrans-contract.md names each field, status and code that the code relies on, and no other.
import { randomUUID } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PaymentMethod } from '../src/generated/prisma/enums.ts'
import { createMidtransGateway } from '../src/modules/payments/midtrans-gateway.ts'
import { DOCUMENTED, meaningOf } from '../src/modules/payments/midtrans-statuses.ts'
import { systemClock } from '../src/platform/clock.ts'
import { money } from '../src/platform/money.ts'
import { type FakeMidtrans, startFakeMidtrans } from './setup/fake-midtrans.ts'

const contract = readFileSync('docs/midtrans-contract.md', 'utf8')
const sources = globSync('src/modules/payments/{midtrans-*,provider-word,notification}.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

/** What stands in backquotes in the first column of a section's table. */
function listed(section: string): string[] {
  const [, after = ''] = contract.split(`\n## ${section}\n`)
  const [text = ''] = after.split('\n## ')
  const rows = text.split('\n').filter((line) => /^\| `|^\| \d/.test(line))
  return [...new Set(rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`|(\d{3})/g)]))].map(
    ([, word, code]) => word ?? code ?? '',
  )
}
const sorted = (names: Iterable<string>) => [...new Set(names)].sort()

let provider: FakeMidtrans
beforeAll(async () => {
  provider = await startFakeMidtrans()
})
afterAll(() => provider.close())

/** The names of all fields, however deep. */
const namesIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)])
    : []

describe('the contract with Midtrans', () => {
  test('lists each field that is sent', async () => {
    const gateway = createMidtransGateway({
      serverKey: provider.serverKey,
      url: provider.url,
      clock: systemClock,
    })
    const amount = money(100_00n, 'IDR')
    for (const method of Object.values(PaymentMethod)) {
      const paymentId = randomUUID()
      const buyer = { name: 'Sari', email: 'sari@example.com', phone: '+62812' }
      await gateway.charge({ paymentId, method, amount, expiresAt: new Date(Date.now() + 900_000), buyer })
      if (method === 'QRIS') {
        provider.become(paymentId, 'settlement')
        await gateway.refund({ paymentId, refundId: randomUUID(), amount, reason: 'Sold out' })
      }
      await gateway.cancel(paymentId)
      await gateway.expire(paymentId)
    }
    expect(sorted(provider.seen.flatMap(({ body }) => namesIn(body)))).toEqual(sorted(listed('We send')))
  })

  test('lists each field that is read', () => {
    const read = [...sources.matchAll(/\b([a-z][a-z0-9_]*): z(?!\.infer)(?:\.|$)/gm)].map(
      ([, name = '']) => name,
    )
    expect(read.length).toBeGreaterThan(20)
    expect(sorted([...read, 'refunds'])).toEqual(sorted(listed('We read')))
  })

  test('lists each pair of status and code, and no other means anything', () => {
    const pairs = DOCUMENTED.map(([status, codes, fraud, meaning]) =>
      [status, codes.join(', '), fraud?.map((one) => one || 'none').join(', ') ?? 'any', meaning].join(' | '),
    )
    const [, after = ''] = contract.split('\n## Pairs\n')
    const rows = (after.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'))
    const listedPairs = rows.map((row) =>
      row.slice(2).replaceAll('`', '').split(' | ').slice(0, 4).join(' | '),
    )
    expect(listedPairs).toEqual(pairs)
    expect(sorted(listed('Statuses'))).toEqual(sorted(DOCUMENTED.map(([status]) => status)))
    const statuses = sorted(DOCUMENTED.map(([status]) => status))
    for (const transaction_status of statuses)
      for (const status_code of ['200', '201', '202', '407'])
        for (const fraud_status of ['accept', 'deny', 'challenge', null]) {
          const row = DOCUMENTED.find(
            ([status, codes, fraud]) =>
              status === transaction_status &&
              codes.includes(status_code) &&
              (fraud?.includes(fraud_status ?? '') ?? true),
          )
          expect(meaningOf({ transaction_status, status_code, fraud_status })).toBe(
            row?.[3] ?? 'UNDOCUMENTED',
          )
        }
    expect(meaningOf({ transaction_status: 'settled', status_code: '200' })).toBe('UNKNOWN')
  })

  test('lists each code', () => {
    const codes = [...sources.matchAll(/'(\d{3})'/g)].map(([, code = '']) => code)
    expect(sorted(codes)).toEqual(sorted(listed('Codes')))
  })

  test('names a page for each', () => {
    const rows = contract.split('\n').filter((line) => /^\| (`|\d{3})/.test(line))
    expect(rows.filter((row) => !/\| (reference|docs)\/[a-z0-9-]+( \(\*sandbox\*\))? \|$/.test(row))).toEqual(
      [],
    )
  })
})
