import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ChargeRequest, GatewayBusy, GatewayUnavailable } from '../src/modules/payments/gateway.ts'
import { createMidtransGateway, type MidtransOptions } from '../src/modules/payments/midtrans-gateway.ts'
import { systemClock } from '../src/platform/clock.ts'
import { money } from '../src/platform/money.ts'
import { type FakeMidtrans, type Fault, startFakeMidtrans } from './setup/fake-midtrans.ts'
import { eventually } from './setup/shop.ts'

let provider: FakeMidtrans

beforeEach(async () => {
  provider = await startFakeMidtrans()
})
afterEach(() => provider.close())

const gateway = (options: Partial<MidtransOptions> = {}) =>
  createMidtransGateway({ serverKey: provider.serverKey, url: provider.url, clock: systemClock, ...options })

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000)

const requestFor = (method: ChargeRequest['method'], change: Partial<ChargeRequest> = {}): ChargeRequest => ({
  paymentId: randomUUID(),
  method,
  amount: money(15_000_000n, 'IDR'),
  expiresAt: inMinutes(14.5),
  buyer: { name: 'Sari Dewi', email: 'sari@example.com', phone: '+628123456789' },
  ...change,
})

const keysSent = () => provider.seen.map(({ idempotencyKey }) => idempotencyKey)

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  )
}

describe('a charge', () => {
  test('is asked for in whole rupiah, with the buyer and the order’s deadline', async () => {
    const request = requestFor('QRIS')
    await gateway().charge(request)
    expect(provider.seen).toHaveLength(1)
    expect(provider.seen[0]).toMatchObject({
      method: 'POST',
      path: '/v2/charge',
      idempotencyKey: request.paymentId,
      body: {
        payment_type: 'qris',
        transaction_details: { order_id: request.paymentId, gross_amount: 150_000 },
        customer_details: { first_name: 'Sari Dewi', email: 'sari@example.com', phone: '+628123456789' },
        custom_expiry: { unit: 'second' },
      },
    })
    const { order_time, expiry_duration } = provider.seen[0]?.body.custom_expiry ?? {}
    expect(order_time).toMatch(/ \+0000$/)
    const over = Date.parse(order_time) + expiry_duration * 1_000 - request.expiresAt.getTime()
    expect(over).toBeGreaterThanOrEqual(0)
    expect(over).toBeLessThan(1_000)
  })

  test('of an order that is about to expire lives one minute', async () => {
    await gateway().charge(requestFor('BCA_VA', { expiresAt: inMinutes(-1) }))
    expect(provider.seen[0]?.body.custom_expiry).toMatchObject({ expiry_duration: 60, unit: 'second' })
  })

  test('leaves out a phone that the buyer did not give', async () => {
    const buyer = { name: 'Sari', email: 'sari@example.com', phone: null }
    await gateway().charge(requestFor('QRIS', { buyer }))
    expect(provider.seen[0]?.body.customer_details).toEqual({
      first_name: 'Sari',
      email: 'sari@example.com',
    })
  })

  test('by QRIS gives a QR string and its image', async () => {
    const request = requestFor('QRIS')
    const charge = await gateway().charge(request)
    const transactionId = provider.orders.get(request.paymentId)?.transactionId
    expect(charge).toEqual({
      transactionId,
      qrString: `00020101${request.paymentId}`,
      vaNumber: null,
      billKey: null,
      billerCode: null,
      redirectUrl: `${provider.url}/v2/qris/${transactionId}/qr-code`,
    })
  })

  test('by GoPay gives the link into the app', async () => {
    const charge = await gateway().charge(requestFor('GOPAY'))
    expect(charge.redirectUrl).toMatch(/^gojek:/)
  })

  test.each([
    ['BCA_VA', 'bca'],
    ['BNI_VA', 'bni'],
    ['BRI_VA', 'bri'],
    ['PERMATA_VA', 'permata'],
  ] as const)('by %s gives an account number', async (method, bank) => {
    const charge = await gateway().charge(requestFor(method))
    expect(provider.seen[0]?.body).toMatchObject({ payment_type: 'bank_transfer', bank_transfer: { bank } })
    expect(charge.vaNumber).toMatch(/^\d{16}$/)
    expect(charge).toMatchObject({ qrString: null, billKey: null, redirectUrl: null })
  })

  test('by Mandiri gives a bill key and a biller code', async () => {
    const charge = await gateway().charge(requestFor('MANDIRI_BILL'))
    expect(provider.seen[0]?.body.payment_type).toBe('echannel')
    expect(charge).toMatchObject({
      billKey: expect.stringMatching(/^\d{12}$/),
      billerCode: '70012',
      vaNumber: null,
    })
  })

  test('by Snap gives the provider’s page', async () => {
    const request = requestFor('SNAP', { expiresAt: inMinutes(2) })
    const charge = await gateway().charge(request)
    expect(charge.redirectUrl).toBe(`${provider.url}/snap/v4/redirection/${charge.transactionId}`)
    expect(provider.seen[0]).toMatchObject({
      path: '/snap/v1/transactions',
      idempotencyKey: request.paymentId,
      // Five minutes are Snap's least.
      body: { expiry: { duration: 5, unit: 'minute' }, page_expiry: { duration: 5, unit: 'minute' } },
    })
  })

  test.each([
    ['https://api.midtrans.com', 'https://app.midtrans.com/snap/v1/transactions'],
    ['https://api.sandbox.midtrans.com', 'https://app.sandbox.midtrans.com/snap/v1/transactions'],
    ['https://api.midtrans.com.example.org', 'https://api.midtrans.com.example.org/snap/v1/transactions'],
  ])('by Snap goes from %s to %s', async (url, expected) => {
    const asked: string[] = []
    const spy: typeof fetch = async (input) => {
      asked.push(String(input))
      return Response.json({ token: 't', redirect_url: 'https://app.example/t' }, { status: 201 })
    }
    await gateway({ url, fetch: spy }).charge(requestFor('SNAP'))
    expect(asked).toEqual([expected])
  })

  test.each([
    ['a fraction of a rupiah', money(15_000_050n, 'IDR')],
    ['nothing', money(0n, 'IDR')],
    ['another currency', money(15_000_000n, 'USD')],
  ])('of %s is refused before anything is sent', async (_what, amount) => {
    const error = await failureOf(gateway().charge(requestFor('QRIS', { amount })))
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(GatewayUnavailable)
    expect(provider.seen).toHaveLength(0)
  })
})

describe('a charge that meets trouble', () => {
  test.each<[string, Fault[]]>([
    ['the provider fails twice', ['fail', 'fail']],
    ['it is told to slow down', ['busy']],
    ['an earlier call is still in process', ['processing', 'processing']],
    ['the connection breaks before', ['drop']],
    ['the connection breaks and the answer is lost', ['lose', 'lose']],
  ])('is made once when %s', async (_what, faults) => {
    const request = requestFor('BCA_VA')
    provider.next(...faults)
    const charge = await gateway().charge(request)
    expect(charge.transactionId).toBe(provider.orders.get(request.paymentId)?.transactionId)
    expect(provider.orders.size).toBe(1)
    expect(provider.refusedCharges).toEqual([])
    expect(keysSent()).toEqual(Array(faults.length + 1).fill(request.paymentId))
  })

  test('is made once when the answer comes too late', async () => {
    const request = requestFor('QRIS')
    provider.next({ answerAfterMs: 2_000 })
    const charge = await gateway({ timeoutMs: 400 }).charge(request)
    expect(charge.qrString).toContain(request.paymentId)
    expect(provider.orders.size).toBe(1)
    expect(keysSent()).toEqual([request.paymentId, request.paymentId])
  })

  test('is made once when the provider works on it longer than we wait', async () => {
    const request = requestFor('QRIS')
    provider.next({ workAfterMs: 600 })
    const charge = await gateway({ timeoutMs: 400 }).charge(request)
    expect(charge.transactionId).toBe(provider.orders.get(request.paymentId)?.transactionId)
    expect(provider.refusedCharges).toEqual([])
  })

  test('is found again by its status where the key does not count', async () => {
    const request = requestFor('PERMATA_VA')
    provider.next('lose')
    const charge = await gateway().charge(request)
    expect(charge.vaNumber).toMatch(/^8562\d{12}$/)
    expect(provider.refusedCharges).toEqual([request.paymentId])
    expect(provider.seen.map(({ path }) => path)).toEqual([
      '/v2/charge',
      '/v2/charge',
      `/v2/${request.paymentId}/status`,
    ])
  })

  test.each(['QRIS', 'GOPAY', 'BNI_VA', 'MANDIRI_BILL'] as const)(
    'by %s is answered again when the key is forgotten',
    async (method) => {
      const request = requestFor(method)
      const first = await gateway().charge(request)
      provider.forgetIdempotencyKeys()
      const second = await gateway().charge(request)
      const { transactionId, vaNumber, billKey, billerCode } = first
      expect(second).toMatchObject({ transactionId, vaNumber, billKey, billerCode })
      if (method === 'QRIS' || method === 'GOPAY') {
        expect(second.redirectUrl).toBe(`${provider.url}/v2/${method.toLowerCase()}/${transactionId}/qr-code`)
      }
      expect(provider.orders.size).toBe(1)
    },
  )

  test('is not answered again when its transaction is over', async () => {
    const request = requestFor('BCA_VA')
    await gateway().charge(request)
    provider.become(request.paymentId, 'expire')
    provider.forgetIdempotencyKeys()
    await expect(gateway().charge(request)).rejects.toThrow(GatewayUnavailable)
  })

  test('is given up after three calls', async () => {
    provider.next('fail', 'drop', 'processing')
    await expect(gateway().charge(requestFor('QRIS'))).rejects.toThrow(GatewayUnavailable)
    expect(provider.seen).toHaveLength(3)
    expect(provider.orders.size).toBe(0)
  })

  test('is given up after three calls that time out', async () => {
    const late = { answerAfterMs: 500 }
    provider.next(late, late, late)
    const error = await failureOf(gateway({ timeoutMs: 50 }).charge(requestFor('QRIS')))
    expect(error).toBeInstanceOf(GatewayUnavailable)
    expect(error).toHaveProperty('message', 'Midtrans, charge: no answer in 50 ms, after 3 tries')
  })

  test('is tried once when a second try could take longer than its caller waits', async () => {
    const late = { answerAfterMs: 1_000 }
    provider.next(late, late)
    const error = await failureOf(gateway({ timeoutMs: 200, patienceMs: 390 }).charge(requestFor('QRIS')))
    expect(error).toHaveProperty('message', 'Midtrans, charge: no answer in 200 ms, after one try')
    expect(provider.seen).toHaveLength(1)
  })

  test('waits for nobody when no one listens', async () => {
    await provider.close()
    await expect(gateway().charge(requestFor('QRIS'))).rejects.toThrow('the connection failed')
  })

  test('is not asked for when five calls in a row had no answer, whoever made them', async () => {
    const states: string[] = []
    const breaker = { failures: 5, pauseMs: 60_000 }
    const one = gateway({ breaker, onBreaker: (state) => states.push(state) })
    provider.next('fail', 'drop', 'fail', 'fail', 'drop')
    await expect(one.charge(requestFor('QRIS'))).rejects.toThrow('after 3 tries')
    await expect(one.charge(requestFor('BCA_VA'))).rejects.toThrow('the breaker is open')
    expect(provider.seen).toHaveLength(5)
    const error = await failureOf(one.charge(requestFor('SNAP')))
    expect(error).toBeInstanceOf(GatewayUnavailable)
    expect(error).toHaveProperty('message', 'Midtrans, snap: the breaker is open')
    const { retryAfterMs } = error as GatewayUnavailable
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(120_000)
    // Each is told another moment, so that they do not all come back in one.
    const told = await Promise.all(
      Array.from({ length: 20 }, () => failureOf(one.charge(requestFor('QRIS')))),
    )
    expect(new Set(told.map((one) => (one as GatewayUnavailable).retryAfterMs)).size).toBeGreaterThan(10)
    expect(provider.seen).toHaveLength(5)
    expect(states).toEqual(['open'])
  })

  test('is tried by one after the pause, and by all when that one had its answer', async () => {
    const states: string[] = []
    const breaker = { failures: 3, pauseMs: 100 }
    const one = gateway({ breaker, onBreaker: (state) => states.push(state) })
    provider.next('fail', 'fail', 'fail', { answerAfterMs: 1_500 })
    await expect(one.charge(requestFor('QRIS'))).rejects.toThrow(GatewayUnavailable)
    // Refused calls do not count, so this asks until the pause is over.
    const trial = eventually(() =>
      one.charge(requestFor('QRIS')).then(
        () => true,
        () => false,
      ),
    )
    await eventually(async () => states.includes('half open') && provider.seen.length === 4)
    await expect(one.charge(requestFor('QRIS'))).rejects.toThrow('the breaker is open')
    expect(provider.seen).toHaveLength(4)
    await trial
    await one.charge(requestFor('QRIS'))
    expect(states).toEqual(['open', 'half open', 'closed'])
  })

  test('is left alone again when the trial had no answer either', async () => {
    const states: string[] = []
    const breaker = { failures: 3, pauseMs: 50 }
    const one = gateway({ breaker, onBreaker: (state) => states.push(state) })
    provider.next('fail', 'fail', 'fail', 'drop')
    await expect(one.charge(requestFor('QRIS'))).rejects.toThrow(GatewayUnavailable)
    await eventually(async () => {
      await one.charge(requestFor('QRIS')).catch(() => undefined)
      return states.length >= 3
    })
    expect(states.slice(0, 3)).toEqual(['open', 'half open', 'open'])
  })

  test('is asked for on and on while the provider answers, if only to refuse or to be at it', async () => {
    const one = gateway({ breaker: { failures: 2, pauseMs: 60_000 } })
    const refused = { say: { status: 200, body: { status_code: '400' } } }
    provider.next(refused, refused, refused, 'processing', 'processing')
    for (let call = 0; call < 3; call += 1)
      await expect(one.charge(requestFor('QRIS'))).rejects.toThrow('answered 400')
    await one.charge(requestFor('QRIS'))
    expect(provider.seen).toHaveLength(6)
  })

  test('is waited for while the provider has enough to do, under its key, and no 429 opens the breaker', async () => {
    const states: string[] = []
    const one = gateway({
      breaker: { failures: 2, pauseMs: 60_000 },
      pauseMs: 1,
      callsPerSecond: 10_000,
      onBreaker: (state) => states.push(state),
    })
    const request = requestFor('QRIS')
    for (let round = 0; round < 3; round += 1) {
      provider.next('busy', 'busy', 'busy')
      const error = await failureOf(one.charge(request))
      expect(error).toBeInstanceOf(GatewayBusy)
      expect(error).toHaveProperty('message', 'Midtrans, charge: answered 429')
    }
    // The body's code counts as well as that of HTTP, and neither is one of the three tries.
    provider.next('busy', { say: { status: 200, body: { status_code: '429' } } }, 'fail', 'drop')
    const charge = await gateway({ pauseMs: 1, callsPerSecond: 10_000 }).charge(request)
    expect(charge.transactionId).toBe(provider.orders.get(request.paymentId)?.transactionId)
    await one.charge(request)
    expect(states).toEqual([])
    expect(new Set(keysSent())).toEqual(new Set([request.paymentId]))
  })

  test.each([
    ['seconds', () => '3'],
    ['a date', () => new Date(Date.now() + 4_000).toUTCString()],
  ])(
    'is not begun before the time that the provider named in %s, nor is any other call',
    async (_how, when) => {
      const one = gateway({ timeoutMs: 100, patienceMs: 1_000 })
      provider.next({ busyFor: when() })
      const error = await failureOf(one.charge(requestFor('QRIS')))
      expect(error).toBeInstanceOf(GatewayBusy)
      expect((error as GatewayUnavailable).retryAfterMs).toBeGreaterThan(2_000)
      await expect(one.status(randomUUID())).rejects.toBeInstanceOf(GatewayBusy)
      await expect(one.expire(randomUUID())).rejects.toBeInstanceOf(GatewayBusy)
      const refund = { paymentId: randomUUID(), refundId: randomUUID(), reason: 'x' }
      await expect(one.refund({ ...refund, amount: money(100n, 'IDR') })).rejects.toBeInstanceOf(GatewayBusy)
      expect(provider.seen).toHaveLength(1)
    },
  )

  test('is next but one behind any crowd of another network, and checks have their share beside charges', async () => {
    const one = gateway({ callsPerSecond: 16 })
    const asker = (network: string) => ({ network })
    const crowd = Array.from({ length: 40 }, () => one.charge(requestFor('QRIS'), asker('10.0.0.1')))
    const own = Array.from({ length: 3 }, () => requestFor('QRIS'))
    const calls = own.map((request, at) => one.charge(request, asker(`10.0.1.${at}`)))
    const checked = randomUUID()
    const checks = one.status(checked)
    await Promise.all([...calls, checks])
    const at = (find: string) => provider.seen.findIndex((seen) => JSON.stringify(seen).includes(find))
    // Four had begun; each buyer comes behind one of the crowd and those who came before, and the check meanwhile.
    for (const { paymentId } of own) expect(at(paymentId)).toBeLessThanOrEqual(4 + 5)
    expect(at(checked)).toBeLessThanOrEqual(4 + 5)
    await Promise.all(crowd)
  })

  test('is refused once, not three times, when the server key is wrong', async () => {
    const error = await failureOf(gateway({ serverKey: 'SB-Mid-server-wrong' }).charge(requestFor('QRIS')))
    expect(error).toBeInstanceOf(GatewayUnavailable)
    expect(error).toHaveProperty('message', 'Midtrans, charge: answered 401')
    expect(provider.seen).toHaveLength(1)
  })

  const answered = (rest: object) => ({
    status: 200,
    body: {
      status_code: '201',
      transaction_id: 't-1',
      gross_amount: '150000.00',
      transaction_status: 'pending',
      ...rest,
    },
  })
  const va_numbers = [{ bank: 'bca', va_number: '8808123' }]

  test.each<[string, { status: number; body: unknown }]>([
    ['no JSON', { status: 200, body: '<html>maintenance</html>' }],
    ['JSON of another kind', { status: 200, body: ['ok'] }],
    ['another order', answered({ order_id: randomUUID(), va_numbers })],
    ['another amount', answered({ order_id: 'same', gross_amount: '15000.00', va_numbers })],
    ['a denied transaction', answered({ order_id: 'same', transaction_status: 'deny', va_numbers })],
    ['no account number', answered({ order_id: 'same' })],
    ['a refusal', { status: 400, body: { status_code: '400' } }],
  ])('is unclear when the answer is %s', async (_what, say) => {
    provider.next({ say })
    const error = await failureOf(gateway().charge(requestFor('BCA_VA', { paymentId: 'same' })))
    expect(error).toBeInstanceOf(GatewayUnavailable)
    expect(provider.seen).toHaveLength(1)
  })

  test('has no secret in its failure, even when the provider repeats it', async () => {
    const credentials = Buffer.from(`${provider.serverKey}:`).toString('base64')
    const words = `${provider.serverKey} Basic ${credentials} sari@example.com`
    const body = { status_code: words, status_message: words, validation_messages: [words] }
    provider.next({ say: { status: 400, body } })
    const error = await failureOf(gateway().charge(requestFor('QRIS')))
    expect(String(error)).toBe('Error: Midtrans, charge: answered 400')
    expect(error).not.toHaveProperty('cause')
  })
})

describe('what became of a payment', () => {
  async function charged(method: ChargeRequest['method'] = 'BNI_VA') {
    const request = requestFor(method)
    await gateway().charge(request)
    return request.paymentId
  }

  test.each([
    ['pending', '201'],
    ['settlement', '200'],
    ['deny', '202'],
    ['expire', '407'],
    ['cancel', '200'],
  ])('is told in the provider’s own word: %s', async (status, status_code) => {
    const id = await charged()
    provider.become(id, status)
    const said = await gateway().status(id)
    expect(said?.word).toMatchObject({ order_id: id, transaction_status: status, status_code })
    expect(JSON.parse(said?.body ?? '')).toMatchObject({ transaction_status: status })
  })

  test('is nothing when it was never charged, nor on a Snap page on which nothing was chosen', async () => {
    expect(await gateway().status(randomUUID())).toBeNull()
    const page = requestFor('SNAP')
    await gateway().charge(page)
    expect(await gateway().status(page.paymentId)).toBeNull()
    provider.choose(page.paymentId, 'bri')
    expect((await gateway().status(page.paymentId))?.word.transaction_status).toBe('pending')
  })

  test.each(['cancel', 'expire'] as const)(
    'is its end when we %s it, and only while it is pending',
    async (step) => {
      const id = await charged()
      expect((await gateway()[step](id))?.word.transaction_status).toBe(step)
      expect(await gateway()[step](id)).toBeNull()
      expect(await gateway()[step](randomUUID())).toBeNull()
      const paid = await charged()
      provider.become(paid, 'settlement')
      expect(await gateway()[step](paid)).toBeNull()
      expect(provider.orders.get(paid)?.status).toBe('settlement')
    },
  )

  test.each<[string, Fault]>([
    ['the answer is lost', 'lose'],
    ['the provider fails', 'fail'],
  ])('is known when it was ended and %s', async (_what, fault) => {
    const id = await charged()
    provider.next(fault)
    const ended = (await gateway().expire(id)) ?? (await gateway().status(id))
    expect(ended?.word.transaction_status).toBe('expire')
  })

  test.each<[string, unknown]>([
    [
      'another order',
      { order_id: 'another', status_code: '200', gross_amount: '1.00', transaction_status: 'settlement' },
    ],
    ['no status', { order_id: 'same', status_code: '200', gross_amount: '1.00' }],
    ['a code that is none', { status_code: '418' }],
    ['no JSON', '<html>'],
  ])('is unclear when the answer has %s', async (_what, body) => {
    provider.next({ say: { status: 200, body } })
    expect(await failureOf(gateway().status('same'))).toBeInstanceOf(GatewayUnavailable)
  })

  test('is given up when the provider hangs', async () => {
    const id = await charged()
    provider.always('hang')
    const error = await failureOf(gateway({ timeoutMs: 50 }).status(id))
    expect(error).toHaveProperty('message', 'Midtrans, status: no answer in 50 ms, after 3 tries')
  })
})

describe('a refund', () => {
  async function paid() {
    const request = requestFor('QRIS')
    await gateway().charge(request)
    provider.become(request.paymentId, 'settlement')
    const refund = {
      paymentId: request.paymentId,
      refundId: randomUUID(),
      amount: request.amount,
      reason: 'Sold out',
    }
    return { refund, given: () => provider.orders.get(request.paymentId)?.refunds ?? [] }
  }

  test('carries our id as its refund key', async () => {
    const { refund, given } = await paid()
    await gateway().refund(refund)
    expect(given()).toEqual([{ refund_key: refund.refundId, refund_amount: '150000.00' }])
    expect(provider.seen.at(-1)).toMatchObject({
      path: `/v2/${refund.paymentId}/refund`,
      idempotencyKey: refund.refundId,
      body: { refund_key: refund.refundId, amount: 150_000, reason: 'Sold out' },
    })
  })

  test('asked for twice gives back once', async () => {
    const { refund, given } = await paid()
    await gateway().refund(refund)
    await gateway().refund(refund)
    expect(given()).toHaveLength(1)
  })

  test.each<[string, Fault]>([
    ['the answer is lost', 'lose'],
    ['the provider fails', 'fail'],
    ['an earlier call is still in process', 'processing'],
  ])('gives back once when %s', async (_what, fault) => {
    const { refund, given } = await paid()
    provider.next(fault)
    await gateway().refund(refund)
    expect(given()).toHaveLength(1)
  })

  test('that was made is known by its key when the provider says "duplicate" (406)', async () => {
    const { refund, given } = await paid()
    await gateway().refund(refund)
    provider.forgetIdempotencyKeys()
    await gateway().refund(refund)
    expect(given()).toHaveLength(1)
  })

  test('that was made is known by its key when nothing is left to refund (412)', async () => {
    const { refund, given } = await paid()
    await gateway().refund(refund)
    provider.next({ say: { status: 200, body: { status_code: '412' } } })
    await gateway().refund(refund)
    expect(given()).toHaveLength(1)
  })

  test('is not taken for made when another refund took the money (412)', async () => {
    const { refund } = await paid()
    await gateway().refund(refund)
    const second = gateway().refund({ ...refund, refundId: randomUUID() })
    await expect(second).rejects.toThrow('Midtrans, refund: answered 412')
  })

  test('of a payment that has not settled is not taken for made (412)', async () => {
    const request = requestFor('QRIS')
    await gateway().charge(request)
    const { paymentId, amount } = request
    const refund = gateway().refund({ paymentId, refundId: randomUUID(), amount, reason: 'Too late' })
    await expect(refund).rejects.toThrow(GatewayUnavailable)
  })

  test('of more than was paid is refused', async () => {
    const { refund, given } = await paid()
    const more = gateway().refund({ ...refund, amount: money(99_000_000n, 'IDR') })
    await expect(more).rejects.toThrow(GatewayUnavailable)
    expect(given()).toEqual([])
  })

  test('is not taken for made when the answer names another key', async () => {
    const { refund } = await paid()
    const body = { status_code: '200', order_id: refund.paymentId, refund_key: randomUUID() }
    provider.next({ say: { status: 200, body } })
    await expect(gateway().refund(refund)).rejects.toThrow(GatewayUnavailable)
  })
})
