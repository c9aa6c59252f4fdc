// Caps and sessions at three processes behind nginx: what is counted is counted once for all of them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCategory, addEvent, addOrganizer } from '../setup/catalogue.ts'
import { type Fleet, startFleet } from '../setup/fleet.ts'
import { hold, said } from '../setup/holding.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { guest, key } from '../setup/shop.ts'
import { signUp } from '../setup/staff.ts'

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet()
}, 120_000)
afterAll(async () => {
  await expectInvariants(fleet.prisma)
  await fleet.close()
})

const CAP = 20

async function sale() {
  const { id } = await addEvent(fleet, (await addOrganizer(fleet)).id, { maxOpenPerNetwork: CAP })
  return addCategory(fleet, id, { quota: 500 })
}

test('of 50 holds, orders or both at once from one network exactly as many are let through as it may have', async () => {
  const headers = { 'X-Forwarded-For': '198.51.100.77' }
  for (const kinds of ['holds', 'orders', 'both']) {
    const category = await sale()
    const tickets = [{ ticketCategoryId: category.id, quantity: 1 }]
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        if (kinds === 'holds' || (kinds === 'both' && n % 2))
          return hold(fleet, category, { deviceId: `device-${key()}` }, key(), { headers })
        const input = { eventId: category.eventId, tickets, buyer: guest() }
        return said(await fleet.call('CreateOrder', { input, idempotencyKey: key() }, { headers }))
      }),
    )
    expect(answers.filter(({ id }) => id)).toHaveLength(CAP)
    for (const answer of answers)
      if (!answer.id)
        expect(answer).toMatchObject({ code: 'LIMIT_EXCEEDED', rule: 'PER_NETWORK', limit: CAP })
  }
})

test('of 50 refreshes at once all get one successor; of 50 guesses at once five are looked at', async () => {
  const { email, refreshToken } = await signUp(fleet)
  const refresh = async (token: string) =>
    (await fleet.call('RefreshSession', { refreshToken: token })).body.data.refreshSession
  const sessions = await Promise.all(Array.from({ length: 50 }, () => refresh(refreshToken)))
  expect(new Set(sessions.map((session) => session.refreshToken)).size).toBe(1)
  expect((await refresh(sessions[0].refreshToken)).__typename).toBe('Session')
  const input = { email, password: 'not the password' }
  const guesses = await Promise.all(
    Array.from({ length: 50 }, () =>
      fleet.call('Login', { input }, { headers: { 'X-Forwarded-For': '198.51.100.78' } }),
    ),
  )
  const codes = guesses.map(({ body }) => body.data.login.code)
  expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5)
  expect(codes.filter((code) => code === 'LOCKED_OUT')).toHaveLength(45)
})
