// kill -9 at each step from the charge to the commit that makes an order PAID: whoever comes after ends with one charge, one
// set of tickets and one mail.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { connect, type Parts } from '../../src/parts.ts'
import { createClient, prepare, TestClock } from '../setup/app.ts'
import { addCategory, addEvent, addOrganizer } from '../setup/catalogue.ts'
import { tell } from '../setup/fake-midtrans/notices.ts'
import { type FakeMidtrans, startFakeMidtrans } from '../setup/fake-midtrans.ts'
import { expectInvariants } from '../setup/oracle.ts'
import type { Cut } from '../setup/postgres-wire.ts'
import { type PrivatePostgres, privatePostgres } from '../setup/private-postgres.ts'
import { eventually, key, order } from '../setup/shop.ts'

let postgres: PrivatePostgres
let provider: FakeMidtrans
let prepared: Awaited<ReturnType<typeof prepare>>
let parts: Parts
let client: Awaited<ReturnType<typeof createClient>>
let server: ChildProcess
let worker: ChildProcess
let category: { id: string; eventId: string }

function launch(script: string, environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function serve(): Promise<void> {
  server = launch('src/main.ts', prepared.environment)
  await eventually(
    async () => (await fetch(`${prepared.url}/health/ready`).catch(() => null))?.ok ?? false,
    30,
  )
}

beforeAll(async () => {
  postgres = await privatePostgres()
  provider = await startFakeMidtrans()
  prepared = await prepare({
    environment: {
      DATABASE_URL: postgres.url,
      PAYMENT_GATEWAY: 'midtrans',
      MIDTRANS_URL: provider.url,
      MIDTRANS_SERVER_KEY: provider.serverKey,
    },
  })
  const past = { ...prepared.environment, DATABASE_URL: postgres.directUrl }
  parts = connect(loadConfig(past), new TestClock(), 10_000)
  client = await createClient(prepared.url)
  const has = { prisma: parts.deps.prisma, app: parts }
  const event = await addEvent(has, (await addOrganizer(has)).id)
  category = await addCategory(has, event.id)
  // Its own commits are not among those that are counted.
  worker = launch('src/worker.ts', past)
  await serve()
}, 120_000)
afterAll(async () => {
  server?.kill('SIGKILL')
  worker?.kill('SIGKILL')
  await parts?.close()
  await provider?.close()
  await postgres?.stop()
  await prepared?.drop()
})

interface Placed {
  readonly id: string
  readonly number: string
  readonly accessToken: string
}

/** What happens between a click and a ticket. Whoever meets a dead server does it again. */
async function payAll({ id, accessToken }: Placed, idempotencyKey: string): Promise<string> {
  const input = { orderId: id, accessToken, method: 'QRIS' }
  const { body } = await client.call('PayOrder', { input, idempotencyKey })
  const paymentId: string = body.data.payOrder.id
  provider.become(paymentId, 'settlement')
  const status = await tell(`${prepared.url}/webhooks/midtrans`, provider.notice(paymentId))
  expect(status).toBe(200)
  return paymentId
}

async function mailsAbout(subject: string): Promise<number> {
  const folder = join(String(prepared.environment['DATA_DIR']), 'mail')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'))
  const mails = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return mails.filter((mail) => mail.includes(`Subject: ${subject}`)).length
}

const COMMITS = ['of the payment before its charge', 'of the charge’s answer', 'of the settlement']

describe.each<Cut>(['before COMMIT arrives', 'after COMMIT, before its answer'])('killed %s', (where) => {
  test.each(COMMITS.map((what, at) => [what, at] as const))(
    '%s',
    async (_what, at) => {
      const { prisma } = parts.deps
      const placed: Placed = (await order(client, category)).body.data.createOrder
      const idempotencyKey = key()
      let isKilled = false
      const killing = postgres.wire.cut(where, at).then(() => {
        isKilled = true
        server.kill('SIGKILL')
      })
      await expect(payAll(placed, idempotencyKey)).rejects.toThrow()
      expect(isKilled).toBe(true)
      await killing
      await serve()
      const paymentId = await payAll(placed, idempotencyKey)
      const payments = await prisma.payment.findMany({ where: { orderId: placed.id } })
      expect(payments).toMatchObject([{ id: paymentId, status: 'SETTLED' }])
      expect([...provider.orders.keys()].filter((id) => id === paymentId)).toHaveLength(1)
      expect(await prisma.order.findUnique({ where: { id: placed.id } })).toMatchObject({ status: 'PAID' })
      expect(await prisma.ticket.count({ where: { orderId: placed.id } })).toBe(1)
      const subject = `Pesanan ${placed.number} lunas`
      await eventually(async () => (await mailsAbout(subject)) > 0, 30)
      await eventually(async () => (await prisma.outbox.count({ where: { closedAt: null } })) === 0, 30)
      expect(await mailsAbout(subject)).toBe(1)
      expect(provider.orders.size).toBe(await prisma.payment.count())
      await expectInvariants(prisma, [placed.id])
    },
    60_000,
  )
})
