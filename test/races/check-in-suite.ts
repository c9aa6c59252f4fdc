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

    test('50 exits of one ticket at once let it out once, and where nobody comes in again it stays out', async () => {
      const { tickets, event } = await paid(app)
      await app.prisma.event.update({ where: { id: event.id }, data: { allowReentry: false } })
      const here = { ticketToken: tickets[0]?.token, gateId: event.gates[0]?.id }
      // A scanner of its own: nobody scans as often as all of these tests together.
      const token = await app.login('gate@karcis.test')
      const pass = async (direction: string) => {
        const input = { ...here, direction }
        return (await app.call('CheckIn', { input, idempotencyKey: randomUUID() }, { token })).body.data
          .checkIn
      }
      expect((await pass('ENTRY')).__typename).toBe('CheckIn')
      const ways = Array.from({ length: 50 }, (_, index) => (index % 5 === 0 ? 'ENTRY' : 'EXIT'))
      const answers = await Promise.all(ways.map(pass))
      const left = answers.filter((answer) => answer.__typename === 'CheckIn')
      expect(left.map(({ direction }) => direction)).toEqual(['EXIT'])
      const codes = ways
        .map((way, index) => `${way} ${answers[index].code}`)
        .filter((code) => !code.endsWith('undefined'))
      expect(new Set(codes)).toEqual(new Set(['ENTRY TICKET_ALREADY_USED', 'EXIT TICKET_NOT_INSIDE']))
      expect(
        await app.prisma.checkIn.count({ where: { ticketId: tickets[0]?.id ?? '', direction: 'EXIT' } }),
      ).toBe(1)
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
