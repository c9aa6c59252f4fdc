import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, startApp, type TestApp } from '../setup/app.ts'
import { addOrganizer, eventOf } from '../setup/catalogue.ts'
import { held, holdBack, replicaOf } from '../setup/replicas.ts'
import { eventually } from '../setup/shop.ts'
import { hire, resultOf } from '../setup/staff.ts'

let app: TestApp
let other: TestApp
let staff: Awaited<ReturnType<typeof hire>>

beforeAll(async () => {
  app = await startApp({ season: true })
  other = await replicaOf(app)
  staff = await hire(app, 'MANAGER', (await addOrganizer(app)).id)
})
afterAll(async () => {
  await other.close()
  await app.close()
})

// Nobody has asked for it yet, so nobody is told of it: a late message would purge what a test fills.
const anEvent = () => app.prisma.event.create({ data: eventOf(staff.organizerId, { title: 'Lama' }) })
const detail = (slug: string, from = app): Promise<Answer> =>
  from.call('EventDetail', { slug }, { method: 'GET' })
const titleIn = ({ body }: Answer): string => body.data.event.title
const rename = (id: string, title: string, through = app) =>
  resultOf(through, 'updateEvent', { input: { id, title } }, staff.token)

/** How often an operation was executed for somebody who waited. */
async function executionsOf(operation: string): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  const line = new RegExp(`karcis_edge_requests_total{operation="${operation}",result="executed"} (\\d+)`)
  return Number(line.exec(text)?.[1] ?? 0)
}

test('300 who ask at once for what nobody asked before are answered by one execution', async () => {
  const { slug } = await anEvent()
  const before = await executionsOf('EventDetail')
  const answers = await Promise.all(Array.from({ length: 300 }, () => detail(slug)))
  for (const answer of answers) expect(titleIn(answer)).toBe('Lama')
  expect(await executionsOf('EventDetail')).toBe(before + 1)
})

test('what is stale is given to all who ask and renewed once', async () => {
  const { slug } = await anEvent()
  await detail(slug)
  app.clock.advance(31)
  const gate = holdBack(app, 100)
  const answers = await Promise.all(Array.from({ length: 100 }, () => detail(slug)))
  for (const answer of answers) expect(answer.headers.get('cache-status')).toMatch(/^Karcis; hit; ttl=-\d+$/)
  await held(gate)
  // One more who asks while it is being renewed starts no other renewal.
  await detail(slug)
  expect(gate.waiting()).toBe(1)
  gate.open()
  await eventually(async () => (await detail(slug)).headers.get('age') === '0')
})

test('an answer that was read before a purge is kept by nobody, and given to nobody who comes after it', async () => {
  const { id, slug } = await anEvent()
  const gate = holdBack(app)
  const early = detail(slug)
  await held(gate)
  await rename(id, 'Baru', other)
  await eventually(async () => titleIn(await detail(slug, other)) === 'Baru')
  // The purge of the other process has come here once nobody joins the old fill any more.
  await eventually(async () => {
    const late = await Promise.race([
      detail(slug),
      new Promise<null>((resolve) => setTimeout(resolve, 200, null)),
    ])
    return late !== null && titleIn(late) === 'Baru'
  })
  gate.open()
  const answer = await early
  expect(titleIn(answer)).toBe('Lama')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('cdn-cache-control')).toBe('no-store')
  expect(titleIn(await detail(slug))).toBe('Baru')
  expect(titleIn(await detail(slug, other))).toBe('Baru')
})

test('a fill from before a purge does not come back through Redis when its process did not hear of the purge', async () => {
  const { id, slug } = await anEvent()
  const gate = holdBack(app)
  const early = detail(slug)
  await held(gate)
  // Only the store is told, as if the message had been lost on its way here.
  await app.prisma.event.update({ where: { id }, data: { title: 'Baru' } })
  const { purges } = other.app.deps
  await purges.purge([`event-${id}`])
  gate.open()
  await early
  await eventually(async () => titleIn(await detail(slug)) === 'Baru')
  expect(titleIn(await detail(slug, other))).toBe('Baru')
})

test('100 changes while hundreds read: no reader sees a change undone, and the last one stands', async () => {
  const { id, slug } = await anEvent()
  let done = false
  const seen = [app, other].map(async (from) => {
    const titles: number[] = []
    while (!done)
      titles.push(...(await Promise.all(Array.from({ length: 8 }, () => detail(slug, from)))).map(numberOf))
    return titles
  })
  for (let change = 1; change <= 100; change++) await rename(id, `Nomor ${change}`)
  done = true
  expect((await Promise.all(seen)).flat().length).toBeGreaterThan(0)
  for (const from of [app, other]) await eventually(async () => numberOf(await detail(slug, from)) === 100)
  // Long after every fill has ended nothing old has come back.
  for (const from of [app, other]) expect(numberOf(await detail(slug, from))).toBe(100)
})

const numberOf = (answer: Answer): number => Number(/\d+/.exec(titleIn(answer))?.[0] ?? 0)
