// What holds when one ticket is scanned many times at once, however many processes serve the gates.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestApp } from '../setup/app.ts'
import { expectInvariants } from '../setup/oracle.ts'
import { paid } from '../setup/shop.ts'

/** Against a server of its own with the season in it. */
export function checkInRaces(where: string, start: () => Promise<TestApp>): void {
  describe(where, () => {
    let app: TestApp
    let token: string

    beforeAll(async () => {
      app = await start()
      token = await app.login('gate@karcis.test')
    })
    afterAll(() => app?.close())

    test('50 scans of one ticket at once admit once and name the first 49 times', async () => {
      const { tickets, event } = await paid(app)
      const [ticket] = tickets
      const [gate] = event.gates
      const input = { ticketToken: ticket?.token, gateId: gate?.id }
      const answers = await Promise.all(
        Array.from({ length: 50 }, () =>
          app.call('CheckIn', { input, idempotencyKey: randomUUID() }, { token }),
        ),
      )
      const results = answers.map(({ body }) => body.data.checkIn)
      const admitted = results.filter((result) => result.__typename === 'CheckIn')
      const refused = results.filter((result) => result.__typename === 'TicketAlreadyUsedError')
      expect(admitted).toHaveLength(1)
      expect(refused).toHaveLength(49)
      expect(new Set(refused.map(({ firstCheckIn }) => firstCheckIn.id))).toEqual(new Set([admitted[0].id]))
      await expectInvariants(app.prisma)
    })

    test('50 scans with one key are one scan with 50 equal answers', async () => {
      const { tickets, event } = await paid(app)
      const input = { ticketToken: tickets[0]?.token, gateId: event.gates[0]?.id }
      const idempotencyKey = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => app.call('CheckIn', { input, idempotencyKey }, { token })),
      )
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
      expect(answers[0]?.body.data.checkIn.__typename).toBe('CheckIn')
      await expectInvariants(app.prisma)
    })
  })
}
