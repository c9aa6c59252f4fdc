// A queue of 100,000 people in one Redis. What it weighs and how fast it goes is printed.
import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { expect, inject, test } from 'vitest'
import type { Member } from '../src/modules/waiting-room/member.ts'
import { createRoomStore, keysOf, type RoomRules } from '../src/modules/waiting-room/room-store.ts'
import { newId } from '../src/platform/ids.ts'

const PEOPLE = 100_000
const TOGETHER = 1_000

const member = (n: number): Member => ({
  kind: 'guest',
  id: createHash('sha256').update(String(n)).digest().subarray(0, 16),
})

test('100,000 people wait in less than 32 MB, each in a place of its own, and thousands are let in at a step', async () => {
  const redis = new Redis(inject('redisUrl'))
  const eventId = newId()
  try {
    const store = createRoomStore(redis, pino({ level: 'silent' }))
    const start = 1_795_000_000_000
    const rules = (seconds: number): RoomRules => ({
      now: new Date(start + seconds * 1_000),
      begun: true,
      rate: 60_000,
      target: 10_000,
      admissionMs: 600_000,
      pressed: false,
    })
    const closed = { ...rules(0), rate: 0 }
    const began = performance.now()
    for (let from = 0; from < PEOPLE; from += TOGETHER) {
      const batch = Array.from({ length: TOGETHER }, (_, n) => from + n)
      await Promise.all(
        batch.map((n) =>
          store.visit(eventId, closed, { act: 'join', member: member(n), place: null, draw: 0 }),
        ),
      )
    }
    const joined = performance.now()
    const look = (n: number) =>
      store.visit(eventId, closed, { act: 'look', member: member(n), place: null, draw: 0 })
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: TOGETHER }, (_, n) => look((n * 97 + round * 13) % PEOPLE)))
    const looked = performance.now()
    const sizes = await Promise.all(
      keysOf(eventId).map(async (key) =>
        Number((await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')) ?? 0),
      ),
    )
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    console.info(
      `${PEOPLE} people: ${(bytes / 1_048_576).toFixed(1)} MB, ${Math.round(PEOPLE / ((joined - began) / 1_000))} joins/s, ` +
        `${Math.round(20_000 / ((looked - joined) / 1_000))} looks/s`,
    )
    expect(bytes).toBeLessThan(32 * 1_048_576)
    expect((await look(PEOPLE - 1)).standing).toMatchObject({ kind: 'waiting', value: PEOPLE })
    expect((await look(0)).standing).toMatchObject({ kind: 'waiting', value: 1 })
    let served = 0
    for (let second = 1; second <= 5; second++)
      served = (await store.visit(eventId, rules(second), null)).served
    expect(served).toBe(5_000)
    expect((await look(PEOPLE - 1)).standing?.value).toBe(PEOPLE - 5_000)
  } finally {
    await redis.del(...keysOf(eventId))
    redis.disconnect()
  }
}, 60_000)
