// A payment provider on a loopback port that speaks Midtrans' protocol, and fails when told to.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, Keys, mishap, refusedCall } from './fake-midtrans/faults.ts'
import { type Answer, type Bank, core, Ledger, leftOf, type Order } from './fake-midtrans/ledger.ts'
import { noticeOf } from './fake-midtrans/notices.ts'

export type { Fault } from './fake-midtrans/faults.ts'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly idempotencyKey: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there.
  readonly body: any
}

export interface FakeMidtrans {
  readonly url: string
  readonly serverKey: string
  /** Every call that came in, also those that met a fault. */
  readonly seen: readonly Seen[]
  /** Charges by order_id. A second one for an order is refused, and counted in `refusedCharges`. */
  readonly orders: ReadonlyMap<string, Order>
  readonly refusedCharges: readonly string[]
  /** What happens to the coming calls, one each; after that all goes well. */
  next(...faults: Fault[]): void
  /** What happens to every call from now on; null: all goes well. */
  always(fault: Fault | null): void
  /** It takes so many calls a second and answers the others 429; null: all of them. */
  takes(perSecond: number | null): void
  /** Breaks the connections of all calls that hang. */
  hangUp(): void
  /** The buyer paid, cancelled, let it expire; a bank or a person decided. Nobody is told. */
  become(orderId: string, status: string, fraudStatus?: string): void
  /** On the Snap page the buyer pays in another attempt, after one that failed: another transaction of the same order. */
  tryAgain(orderId: string, status?: string): void
  /** Snap pages on which the buyer has chosen nothing yet, or may try again after an attempt that failed. */
  openPages(): string[]
  /** The provider adds a fee of its own on top of what we asked for. */
  addFee(orderId: string, fee: number): void
  /** Its answers have its own id in the place of order_id. */
  answerOwnId(orderId: string): void
  /** The bank has confirmed all refunds of an order. */
  confirmRefunds(orderId: string): void
  /** The buyer chooses a way to pay on the Snap page: only now is there a transaction. */
  choose(orderId: string, bank: Bank): void
  /** Somebody gives money back in the provider's dashboard, or a bank takes it. */
  giveBack(
    orderId: string,
    amount: number,
    how?: { key?: string; confirmed?: boolean; chargeback?: boolean },
  ): void
  /** What Midtrans would tell of it now, or with other words. */
  notice(orderId: string, change?: object, serverKey?: string): string
  /** As after five minutes. */
  forgetIdempotencyKeys(): void
  close(): Promise<void>
}

/** Starts the provider. */
export async function startFakeMidtrans(serverKey = 'SB-Mid-server-fake-0123456789'): Promise<FakeMidtrans> {
  const seen: Seen[] = []
  const faults: Fault[] = []
  const hanging: ServerResponse[] = []
  let lasting: Fault | null = null
  let most: number | null = null
  let taken: { second: number; calls: number } = { second: 0, calls: 0 }
  let url = ''
  const ledger = new Ledger(() => url)
  const keys = new Keys()
  let chargebacks = 0
  const paid = new Set<string>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const key = request.headers['idempotency-key']
    const idempotencyKey = typeof key === 'string' ? key : null
    seen.push({ method, path, idempotencyKey, body: text ? JSON.parse(text) : null })
    const fault = faults.shift() ?? lasting ?? tooMany() ?? undefined
    if (fault === 'hang') {
      hanging.push(response)
      return
    }
    if (fault === 'drop') {
      response.destroy()
      return
    }
    const answer = mishap(fault) ?? (await respond(request, path, text, idempotencyKey, fault))
    if (typeof fault === 'object' && 'answerAfterMs' in fault) await sleep(fault.answerAfterMs)
    if (fault === 'lose') {
      response.destroy()
      return
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  }

  function tooMany(): Fault | null {
    const second = Math.floor(performance.now() / 1_000)
    taken = { second, calls: taken.second === second ? taken.calls + 1 : 1 }
    return most !== null && taken.calls > most ? { busyFor: '1' } : null
  }

  async function respond(
    request: IncomingMessage,
    path: string,
    text: string,
    key: string | null,
    fault: Fault | undefined,
  ): Promise<Answer> {
    const { method = '', headers } = request
    if (headers.authorization !== `Basic ${Buffer.from(`${serverKey}:`).toString('base64')}`)
      return core('401')
    const refused = refusedCall(method, path, key, headers['content-type'])
    if (refused) return refused
    if (!key) return ledger.work(method, path, text)
    const before = keys.begin(key)
    if (before) return before
    if (typeof fault === 'object' && 'workAfterMs' in fault) await sleep(fault.workAfterMs)
    const answer = ledger.work(method, path, text)
    keys.finish(key, text, answer)
    return answer
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return {
    url,
    serverKey,
    seen,
    orders: ledger.orders,
    refusedCharges: ledger.refusedCharges,
    next: (...coming) => void faults.push(...coming),
    always(fault) {
      lasting = fault
    },
    takes(perSecond) {
      most = perSecond
    },
    hangUp() {
      for (const response of hanging.splice(0)) response.destroy()
    },
    become(orderId, status, fraudStatus = 'accept') {
      if (status === 'settlement') paid.add(orderId)
      Object.assign(ledger.find(orderId), { status, fraudStatus })
    },
    tryAgain(orderId, status = 'settlement') {
      const transactionId = randomUUID()
      if (status === 'settlement') paid.add(orderId)
      Object.assign(ledger.find(orderId), { transactionId, status, fraudStatus: 'accept' })
    },
    openPages: () =>
      [...ledger.pages.keys()].filter((id) => {
        const status = ledger.orders.get(id)?.status
        return (
          !ledger.closed.has(id) &&
          (!status || /^(deny|cancel|failure|expire)$/.test(status)) &&
          !paid.has(id)
        )
      }),
    addFee(orderId, fee) {
      const order = ledger.find(orderId)
      Object.assign(order, { fee, grossAmount: `${Number(order.grossAmount) + fee}.00` })
    },
    answerOwnId(orderId) {
      ledger.find(orderId).answersOwnId = true
    },
    confirmRefunds(orderId) {
      const order = ledger.find(orderId)
      order.refunds = order.refunds.map((one) => ({ ...one, bank_confirmed_at: '2026-11-21 20:00:00' }))
    },
    choose(orderId, bank) {
      ledger.open(orderId, ledger.pages.get(orderId) ?? 0, 'bank_transfer', bank)
    },
    giveBack(orderId, amount, { key, confirmed = true, chargeback = false } = {}) {
      const order = ledger.find(orderId)
      chargebacks += 1
      order.refunds.push({
        ...(key ? { refund_key: key } : { refund_chargeback_id: chargebacks }),
        refund_amount: `${amount}.00`,
        ...(confirmed ? { bank_confirmed_at: '2026-11-21 19:00:00' } : {}),
      })
      order.status = `${leftOf(order) === 0 ? '' : 'partial_'}${chargeback ? 'chargeback' : 'refund'}`
    },
    notice: (orderId, change = {}, signedWith = serverKey) =>
      noticeOf(orderId, ledger.find(orderId), signedWith, change),
    forgetIdempotencyKeys: () => keys.forget(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
