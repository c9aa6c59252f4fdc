// A failure that says that this server or this session is no good, in every shape in which it can arrive: from each way to
// ask, at the start of a session and in the middle of one. All mean the same: ask again, on another connection.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../src/platform/prisma.ts'
import { kindOf, serializable, serializableSql } from '../src/platform/serializable.ts'
import { createLog, createMetrics } from '../src/platform/telemetry.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addOrganizer } from './setup/catalogue.ts'
import { run } from './setup/services.ts'

const STATES = [
  ...['08000', '08003', '08006', '08P01', '57P01', '57P02', '57P03', '57P05', '25P03', '25P04'],
  ...['53300', '25006', '0A000'],
]
const OTHERS = ['42883', '23514', '22012', '53100']
const how = { isolation: 'ISOLATION LEVEL SERIALIZABLE', first: null }

let app: TestApp
let database: Database
let organizerId: string

beforeAll(async () => {
  app = await startApp()
  organizerId = (await addOrganizer(app)).id
  await run(
    app.databaseUrl,
    `CREATE FUNCTION fail(state text) RETURNS int LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = state; END $$;
     CREATE FUNCTION fail_as_named() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM fail(NEW.name); RETURN NULL; END $$;
     CREATE TRIGGER fails AFTER UPDATE ON organizer FOR EACH ROW EXECUTE FUNCTION fail_as_named();
     CREATE TABLE late (state text);
     CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM fail(NEW.state); RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION fail_late();`,
  )
  database = open(app.databaseUrl)
})
afterAll(async () => {
  await database?.close()
  await app?.close()
})

const open = (url: string, timeoutMs = 10_000): Database =>
  openDatabase({ url, poolSize: 3, timeoutMs, log: createLog('silent') })

const update = (name: string) => ({ where: { id: organizerId }, data: { name } })

const WAYS: [string, (state: string) => Promise<unknown>][] = [
  ['an ORM statement', (state) => database.prisma.organizer.update(update(state))],
  ['a raw statement', (state) => database.prisma.$executeRaw`SELECT fail(${state})`],
  ['the pool', (state) => database.pool.query('SELECT fail($1)', [state])],
  [
    'an ORM statement in a transaction',
    (state) => database.prisma.$transaction((tx) => tx.organizer.update(update(state))),
  ],
  [
    'a raw statement in a transaction',
    (state) => database.prisma.$transaction((tx) => tx.$queryRaw`SELECT fail(${state})`),
  ],
  [
    'COMMIT',
    (state) => database.prisma.$transaction((tx) => tx.$executeRaw`INSERT INTO late VALUES (${state})`),
  ],
  [
    'a pipelined statement',
    (state) => database.transact((tx) => tx.$queryRaw`SELECT fail(${state})`.then(end), how),
  ],
  [
    'a pipelined COMMIT',
    (state) => database.transact((tx) => tx.$executeRaw`INSERT INTO late VALUES (${state})`.then(end), how),
  ],
]
const end = () => ({ value: null, last: null })

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

test.each(WAYS)('%s: the session is of no use any more, and leaves the pool', async (_way, ask) => {
  for (const state of STATES) {
    const { rows } = await database.pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    expect([state, kindOf(await failureOf(ask(state)))]).toEqual([state, 'lost'])
    const after = await database.pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    expect([state, after.rows[0]?.pid]).not.toEqual([state, rows[0]?.pid])
  }
  for (const state of OTHERS) expect([state, kindOf(await failureOf(ask(state)))]).toEqual([state, 'other'])
})

let server: Server | undefined
afterEach(() => server?.close())

/** A server that takes connections and answers the first message with this; null: never. */
async function refusing(state: string | null): Promise<string> {
  const field = (letter: string, text: string) => Buffer.from(`${letter}${text}\0`)
  const body = Buffer.concat([
    field('S', 'FATAL'),
    field('V', 'FATAL'),
    field('C', state ?? ''),
    field('M', 'das sagt der Server in seiner Sprache'),
    Buffer.from([0]),
  ])
  const head = Buffer.alloc(5, 'E')
  head.writeUInt32BE(4 + body.length, 1)
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (state !== null) socket.once('data', () => socket.end(Buffer.concat([head, body])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `postgresql://karcis:none@127.0.0.1:${(server.address() as AddressInfo).port}/karcis`
}

test.each([...STATES, null])('a server that refuses the session with %s', async (state) => {
  const away = open(await refusing(state), 400)
  const asked = [
    away.prisma.organizer.findFirst(),
    away.prisma.$queryRaw`SELECT 1`,
    away.pool.query('SELECT 1'),
    away.prisma.$transaction((tx) => tx.organizer.findFirst()),
    away.transact(async () => end(), how),
  ]
  const kinds = (await Promise.all(asked.map(failureOf))).map(kindOf)
  await away.close()
  // More wait for a server that does not answer than there are connections.
  const expected = state === null ? ['lost', 'overloaded'] : ['lost']
  expect([...new Set(kinds)].sort()).toEqual(expected)
})

test('retried a little and then told to come again, and counted as lost connections', async () => {
  const metrics = createMetrics(() => ({ total: 0, idle: 0, waiting: 0 }))
  const { publicChanges } = app.app.deps
  const deps = { prisma: database.prisma, transact: database.transact, metrics, publicChanges }
  for (const state of STATES) {
    const works = [
      () => serializable(deps, `orm ${state}`, (tx) => tx.organizer.update(update(state))),
      () => serializableSql(deps, `sql ${state}`, (tx) => tx.$queryRaw`SELECT fail(${state})`.then(end)),
    ]
    for (const work of works)
      expect(await failureOf(work())).toMatchObject({ code: 'SERVICE_UNAVAILABLE', httpStatus: 503 })
  }
  const { values } = await metrics.transactionConflicts.get()
  expect(new Set(values.map(({ labels }) => labels.kind))).toEqual(new Set(['lost']))
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(3 * 2 * STATES.length)
})
