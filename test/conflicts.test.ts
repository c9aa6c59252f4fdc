// The shapes in which PostgreSQL's conflicts arrive through Prisma, each made by another connection on the real database.
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import type { Tx } from '../src/platform/prisma.ts'
import { serializable } from '../src/platform/serializable.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, addOrganizer } from './setup/catalogue.ts'
import { eventually } from './setup/shop.ts'

let app: TestApp
let other: Client
let category: { id: string }
let second: { id: string }

beforeAll(async () => {
  app = await startApp()
  other = new Client({ connectionString: app.databaseUrl })
  await other.connect()
})
afterAll(async () => {
  await other.end()
  await app.close()
})
beforeEach(async () => {
  const organizer = await addOrganizer(app)
  const event = await addEvent(app, organizer.id)
  category = await addCategory(app, event.id)
  second = await addCategory(app, event.id)
})

const look = (tx: Tx, { id } = category) => tx.ticketCategory.findUniqueOrThrow({ where: { id } })
const rename = (tx: Tx, name: string, { id } = category) =>
  tx.ticketCategory.update({ where: { id }, data: { name } })
const othersRename = ({ id } = category) =>
  other.query(`UPDATE ticket_category SET name = name || '!' WHERE id = $1`, [id])

/** Runs work that another transaction comes between the first time. Gives how often it ran and how often it ended. */
async function run(work: (tx: Tx, first: boolean) => Promise<unknown>) {
  const seen = { ran: 0, ended: 0 }
  await serializable(app.app.deps, 'test', async (tx) => {
    seen.ran += 1
    await work(tx, seen.ran === 1)
    seen.ended += 1
  })
  return seen
}

async function conflicts(): Promise<number> {
  const { values } = await app.app.deps.metrics.transactionConflicts.get()
  return values
    .filter(({ labels }) => labels.transaction === 'test' && labels.kind === 'conflict')
    .reduce((sum, { value }) => sum + value, 0)
}

test('a conflict in a statement of the ORM is run again', async () => {
  const before = await conflicts()
  const seen = await run(async (tx, first) => {
    await look(tx)
    if (first) await othersRename()
    await rename(tx, 'ours')
  })
  expect(seen).toEqual({ ran: 2, ended: 1 })
  expect(await conflicts()).toBe(before + 1)
  expect((await look(app.prisma)).name).toBe('ours')
})

test('a conflict in raw SQL is run again', async () => {
  const seen = await run(async (tx, first) => {
    await look(tx)
    if (first) await othersRename()
    await tx.$executeRaw`UPDATE ticket_category SET name = 'ours' WHERE id = ${category.id}::uuid`
  })
  expect(seen).toEqual({ ran: 2, ended: 1 })
  expect((await look(app.prisma)).name).toBe('ours')
})

test('a conflict that PostgreSQL finds at COMMIT is run again, though all of the work was done', async () => {
  // Each counts and adds: one after the other, one of them would have counted one more.
  const count = (tx: Tx) => tx.ticketKey.count()
  const event = await app.prisma.event.findFirstOrThrow()
  const before = await conflicts()
  const counted: number[] = []
  const seen = await run(async (tx, first) => {
    counted.push(await count(tx))
    await tx.ticketKey.create({
      data: { id: newId(), eventId: event.id, publicKey: Buffer.from('a'), createdAt: new Date() },
    })
    if (!first) return
    await other.query('BEGIN ISOLATION LEVEL SERIALIZABLE')
    await other.query('SELECT count(*) FROM ticket_key')
    await other.query(
      `INSERT INTO ticket_key (id, event_id, public_key, created_at) VALUES ($1, $2, 'b', now())`,
      [newId(), event.id],
    )
    await other.query('COMMIT')
  })
  expect(seen).toEqual({ ran: 2, ended: 2 })
  expect(await conflicts()).toBe(before + 1)
  expect(counted).toEqual([0, 1])
  expect(await count(app.prisma)).toBe(2)
})

test('a deadlock is run again', async () => {
  let others: Promise<unknown> = Promise.resolve()
  const seen = await run(async (tx, first) => {
    await rename(tx, 'ours')
    if (first) {
      await other.query('BEGIN')
      await othersRename(second)
      // It begins to wait for us after we have begun to wait for it, so that we are who finds the deadlock.
      others = (async () => {
        await eventually(async () => {
          const [row] = await app.prisma.$queryRaw<{ n: number }[]>`
            SELECT count(*)::int AS n FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`
          return row?.n === 1
        })
        await othersRename()
        await other.query('COMMIT')
      })()
    }
    await rename(tx, 'ours', second)
  })
  await others
  expect(seen).toEqual({ ran: 2, ended: 1 })
  expect((await look(app.prisma, second)).name).toBe('ours')
})
