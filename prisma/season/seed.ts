import { captured } from '../../src/modules/ledger/entries.ts'
import type { PrismaClient, Tx } from '../../src/platform/prisma.ts'
import { buildEvents } from './build-events.ts'
import { buildMerchandise } from './build-merchandise.ts'
import { buildOrders } from './build-orders.ts'
import { daysAfter, hoursAfter } from './calendar.ts'
import { type AccountSpec, knownAccounts, lockedAccounts, organizers, PASSWORD } from './people.ts'
import { planCarts, withMerchandise } from './plan-carts.ts'
import { buildPromoCodes } from './promo-codes.ts'
import { idOf } from './random.ts'

export interface SeedOptions {
  readonly prisma: PrismaClient
  /** All dates of the season are relative to it. */
  readonly now: Date
  readonly hashPassword: (password: string) => Promise<string>
  /** Issues the tickets of one paid order, in the transaction of the season. */
  readonly issueTickets: (tx: Tx, orderId: string, paidAt: Date) => Promise<void>
}

export type Seeded = 'seeded' | 'present'

// No password has this hash: nobody signs in with it.
const LOCKED = '!'

/** Writes the season in one transaction, or nothing where there is an organizer already. */
export async function seed({ prisma, now, hashPassword, issueTickets }: SeedOptions): Promise<Seeded> {
  if (await prisma.organizer.findFirst({ select: { id: true } })) return 'present'
  const passwordHash = await hashPassword(PASSWORD)
  return prisma.$transaction(
    async (tx) => {
      if (!(await insertPeople(tx, now, passwordHash))) return 'present'
      await insertSeason(tx, now, issueTickets)
      return 'seeded'
    },
    { maxWait: 10_000, timeout: 60_000 },
  )
}

/** False when another process was quicker. */
async function insertPeople(tx: Tx, now: Date, passwordHash: string): Promise<boolean> {
  const createdAt = daysAfter(now, -120)
  // The ids are fixed, so of two processes the second waits here for the first one's end and then has nothing to add.
  const { count } = await tx.organizer.createMany({
    data: Object.entries(organizers).map(([key, { slug, name }]) => ({
      id: idOf(`organizer ${key}`),
      slug,
      name,
      createdAt,
    })),
    skipDuplicates: true,
  })
  if (count === 0) return false
  const row = (hash: string) => (account: AccountSpec) => ({
    id: idOf(`account ${account.email}`),
    name: account.name,
    email: account.email,
    passwordHash: hash,
    createdAt,
  })
  await tx.account.createMany({
    data: [...knownAccounts.map(row(passwordHash)), ...lockedAccounts.map(row(LOCKED))],
  })
  await tx.member.createMany({
    data: [...knownAccounts, ...lockedAccounts].flatMap(({ email, member }) =>
      member
        ? [
            {
              organizerId: idOf(`organizer ${member[0]}`),
              accountId: idOf(`account ${email}`),
              role: member[1],
              createdAt,
            },
          ]
        : [],
    ),
  })
  return true
}

async function insertSeason(tx: Tx, now: Date, issueTickets: SeedOptions['issueTickets']): Promise<void> {
  const events = buildEvents(now)
  await tx.event.createMany({ data: events.map(({ event }) => event) })
  await tx.schedule.createMany({ data: events.flatMap(({ schedules }) => schedules) })
  await tx.ticketCategory.createMany({ data: events.flatMap(({ categories }) => categories) })
  await tx.gate.createMany({ data: events.flatMap(({ gates }) => gates) })
  await tx.gateCategory.createMany({ data: events.flatMap(({ gateCategories }) => gateCategories) })
  await tx.promoCode.createMany({ data: buildPromoCodes(now) })

  const merchandise = buildMerchandise(now)
  await tx.merchandise.createMany({ data: merchandise.map(({ item }) => item) })
  await tx.merchandiseVariant.createMany({ data: merchandise.flatMap(({ variants }) => variants) })
  await tx.review.createMany({ data: merchandise.flatMap(({ reviews }) => reviews) })

  const online = { opensAt: daysAfter(now, -30), closesAt: hoursAfter(now, -3) }
  const stalls = withMerchandise(
    events.map(({ stall }) => stall),
    merchandise,
    online,
  )
  const orders = buildOrders(planCarts(stalls))
  await tx.order.createMany({ data: orders.map(({ order }) => order) })
  await tx.orderLine.createMany({ data: orders.flatMap(({ lines }) => lines) })
  await tx.fulfilment.createMany({
    data: orders.flatMap(({ order: { id: orderId, organizerId, eventId = null, paidAt }, lines }) =>
      lines
        .filter(({ kind }) => kind === 'MERCHANDISE')
        .map(({ id }) => ({ id, orderId, organizerId, eventId, createdAt: paidAt })),
    ),
  })
  await tx.payment.createMany({ data: orders.flatMap(({ payments }) => payments) })
  await tx.ledgerEntry.createMany({ data: orders.flatMap(booksOf) })
  for (const { order, hasTickets } of orders) {
    if (hasTickets) await issueTickets(tx, order.id, order.paidAt)
  }
}

const booksOf = ({ order, payments }: ReturnType<typeof buildOrders>[number]) =>
  payments.flatMap((payment) =>
    captured({ ...payment, amountMinor: BigInt(payment.amountMinor) }, true).map((entry) => ({
      ...entry,
      organizerId: order.organizerId,
      eventId: order.eventId ?? null,
      paymentId: payment.id,
      currencyCode: payment.currencyCode,
      createdAt: order.paidAt,
    })),
  )
