import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent } from './setup/catalogue.ts'
import { paid } from './setup/shop.ts'
import { hire, resultOf } from './setup/staff.ts'

let app: TestApp
let owner: Awaited<ReturnType<typeof hire>>
let eventId: string

beforeAll(async () => {
  app = await startApp({ season: true })
  owner = await hire(app, 'OWNER')
  eventId = (await addEvent(app, owner.organizerId)).id
})
afterAll(() => app.close())

const run = (name: string, args: object, select?: string) => resultOf(app, name, args, owner.token, select)
const register = async (gateId: string) =>
  run(
    'registerGateDevice',
    { input: { gateId, name: 'Pemindai 1' } },
    '... on GateDeviceToken { token device { id name revokedAt gate { id } } }',
  )
const gatesOf = (event: string, token: string) => app.call('GateList', { eventId: event }, { token })

test('a gate lets in what it names, each once, and only categories of its own event', async () => {
  const [a, b] = [await addCategory(app, eventId), await addCategory(app, eventId, { position: 1 })]
  const foreign = await addCategory(app, (await addEvent(app, owner.organizerId)).id)
  const admitted = '... on Gate { name ticketCategories { id } }'
  const input = { eventId, name: 'Timur', ticketCategoryIds: [b.id, a.id, b.id] }
  const gate = await run('createGate', { input }, admitted)
  expect(gate.ticketCategories).toEqual([{ id: a.id }, { id: b.id }])
  const change = (values: object) => run('updateGate', { input: { id: gate.id, ...values } }, admitted)
  expect((await change({ name: 'Barat' })).ticketCategories).toHaveLength(2)
  expect(await change({ ticketCategoryIds: [] })).toMatchObject({ name: 'Barat', ticketCategories: [] })
  const refused = await change({ ticketCategoryIds: [a.id, foreign.id, 'x'], name: null })
  const places = refused.issues.map((issue: { path: string[] }) => issue.path.join('.'))
  expect(places).toEqual(['input.name', 'input.ticketCategoryIds.1', 'input.ticketCategoryIds.2'])
})

test("a scanner's token is shown once, stored as a hash, and speaks for one gate until it is revoked", async () => {
  const { id: gateId } = await run('createGate', {
    input: { eventId, name: 'Selatan', ticketCategoryIds: [] },
  })
  const { token, device } = await register(gateId)
  expect(device).toMatchObject({ name: 'Pemindai 1', revokedAt: null, gate: { id: gateId } })
  const again = await register(gateId)
  expect(again.token).not.toBe(token)

  const listed = await app.query(
    'query ($eventId: ID!) { gateDevices(eventId: $eventId) { id revokedAt } }',
    { eventId },
    { token: owner.token },
  )
  expect(listed.body.data.gateDevices).toHaveLength(2)
  const rows = await app.prisma.$queryRawUnsafe<{ row: string }[]>(
    'SELECT g::text AS row FROM gate_device g UNION ALL SELECT a::text FROM audit_entry a',
  )
  expect(rows.length).toBeGreaterThan(2)
  expect(rows.filter(({ row }) => row.includes(token) || row.includes(token.slice(4)))).toEqual([])

  expect((await gatesOf(eventId, token)).body.data.gates.length).toBeGreaterThan(0)
  expect((await app.call('Me', {}, { token })).body).toEqual({ data: { me: null } })

  const revoke = () => run('revokeGateDevice', { deviceId: device.id }, '... on GateDevice { revokedAt }')
  const revoked = await revoke()
  expect(revoked.revokedAt).not.toBeNull()
  app.clock.advance(5)
  expect(await revoke()).toEqual(revoked)
  const { status, body } = await gatesOf(eventId, token)
  expect(status).toBe(401)
  expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED')
  expect((await gatesOf(eventId, again.token)).status).toBe(200)
  const actions = await app.prisma.auditEntry.findMany({
    where: { targetId: device.id },
    orderBy: { createdAt: 'asc' },
  })
  expect(actions.map(({ action }) => action)).toEqual(['gate_device.register', 'gate_device.revoke'])
})

test('a scanner writes nothing, and sees and admits nothing of another organizer', async () => {
  const { id: gateId } = await run('createGate', { input: { eventId, name: 'Utara', ticketCategoryIds: [] } })
  const { token } = await register(gateId)
  const { event, tickets } = await paid(app)
  expect((await gatesOf(event.id, token)).body.errors[0].extensions.code).toBe('NOT_FOUND')
  const scan = async (gate: string | undefined) => {
    const input = { ticketToken: tickets[0]?.token, gateId: gate }
    const idempotencyKey = `scan-${gate}`
    return (await app.call('CheckIn', { input, idempotencyKey }, { token })).body.data.checkIn.__typename
  }
  expect(await scan(event.gates[0]?.id)).toBe('NotFoundError')
  expect(await scan(gateId)).toBe('WrongGateError')
  const update = await app.query(
    'mutation ($id: ID!) { updateGate(input: { id: $id, name: "x" }) { __typename } }',
    { id: gateId },
    { token },
  )
  expect(update.status).toBe(401)
})
