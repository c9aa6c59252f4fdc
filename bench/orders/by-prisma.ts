// (b) What one writes at first: an interactive transaction of Prisma for each order, run again when it meets another one.
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '../../src/generated/prisma/client.ts'
import { kindOf } from '../../src/platform/serializable.ts'
import { serveWork } from '../work.ts'
import { type Asked, buyers, emailOf, GivenUp, type Purchase, type Seen } from './work.ts'

const prisma = new PrismaClient({
  adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] }),
})

async function placeOrder(tx: Prisma.TransactionClient, { item, person }: Purchase, key: string) {
  const stored = await tx.idempotencyKey.findUnique({ where: { id: key } })
  if (stored) throw new Error('This key has an answer.')
  const category = await tx.ticketCategory.findUnique({
    where: { id: item.categoryId },
    include: { event: true },
  })
  if (category?.event.status !== 'PUBLISHED') throw new Error('Not on sale.')
  if (category.remaining < 1) throw new Error('Sold out.')
  await tx.ticketCategory.update({ where: { id: category.id }, data: { remaining: { decrement: 1 } } })
  const email = emailOf(person)
  const now = new Date()
  const expiresAt = new Date(now.getTime() + 15 * 60_000)
  const order = await tx.order.create({
    data: {
      id: randomUUID(),
      number: randomUUID().slice(0, 13).toUpperCase(),
      organizerId: category.event.organizerId,
      eventId: category.eventId,
      buyerName: 'Bench',
      buyerEmail: email,
      buyerEmailKey: email,
      currencyCode: category.currencyCode,
      subtotalMinor: category.priceMinor,
      totalMinor: category.priceMinor,
      createdAt: now,
      expiresAt,
      dueAt: expiresAt,
      lines: {
        create: {
          id: randomUUID(),
          position: 0,
          kind: 'TICKET',
          ticketCategoryId: category.id,
          name: category.name,
          unitPriceMinor: category.priceMinor,
          quantity: 1,
          totalMinor: category.priceMinor,
          attendeeNames: [],
        },
      },
    },
    include: { lines: true },
  })
  await tx.idempotencyKey.create({
    data: {
      id: key,
      inputHash: createHash('sha256').update(email).digest(),
      answer: { orderId: order.id },
      expiresAt: new Date(now.getTime() + 48 * 3_600_000),
    },
  })
  return order
}

serveWork(async (asked: Asked): Promise<Seen & { retries: number }> => {
  const until = performance.now() + (asked.seconds + 2) * 1_000
  let retries = 0
  const place = async (purchase: Purchase) => {
    const key = randomUUID()
    for (let attempt = 1; ; attempt += 1) {
      try {
        await prisma.$transaction((tx) => placeOrder(tx, purchase, key), {
          isolationLevel: Prisma.TransactionIsolationLevel.Serializable,
          // With the defaults, 2 s and 5 s, most of a crowd would be turned away.
          maxWait: 15_000,
          timeout: 15_000,
        })
        return
      } catch (error) {
        if (!['conflict', 'overloaded'].includes(kindOf(error))) throw error
        if (performance.now() > until) throw new GivenUp()
        retries += 1
        await sleep(Math.random() * Math.min(8 * 2 ** attempt, 400))
      }
    }
  }
  const seen = await buyers(asked, place)
  return { ...seen, retries }
})
