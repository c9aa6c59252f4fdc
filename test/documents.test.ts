// What a paid order gives its buyer: links, the ticket page, PDFs, a calendar.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentUrl } from '../src/modules/documents/document-links.ts'
import { type DocumentKind, documentToken } from '../src/modules/documents/document-token.ts'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { addCategory, addEvent, inDays } from './setup/catalogue.ts'
import { contentsOf, documented, documentsOf, qrCodesOfPage, qrCodesOfPdf } from './setup/documents.ts'
import { key, order, pending } from './setup/shop.ts'
import { hire, resultOf, signUp } from './setup/staff.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp({ season: true })
})
afterAll(() => app.close())

/** As many tickets of one category as asked for, with whatever differs about the event. */
async function bought(quantity: number, event: Parameters<typeof addEvent>[2] = {}, input: object = {}) {
  const { organizerId } = await app.prisma.event.findUniqueOrThrow({ where: { slug: 'gelora-kampus' } })
  const made = await addEvent(app, organizerId, event)
  const category = await addCategory(app, made.id)
  const tickets = [{ ticketCategoryId: category.id, quantity, ...input }]
  return { ...(await documented(app, made.slug, category.name, { tickets })), event: made }
}

const secret = () => app.app.deps.settings.documentLinkSecret
const linkTo = (
  kind: DocumentKind,
  orderId: string,
  expiresAt = new Date(Date.now() + 60_000),
  by = secret(),
) => `${app.url}/documents/${kind}/${documentToken(by, kind, orderId, expiresAt)}`
const get = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers })

describe('links', () => {
  test('there are none until the order is paid, and then each leads to its document', async () => {
    const waiting = await pending(app)
    expect(await documentsOf(app, waiting.order)).toBeNull()
    const { documents } = await documented(app)
    const types: Record<string, string> = {
      ticketPage: 'text/html; charset=utf-8',
      ticketsPdf: 'application/pdf',
      invoicePdf: 'application/pdf',
      calendar: 'text/calendar; charset=utf-8',
    }
    for (const [name, type] of Object.entries(types)) {
      const answer = await get(documents[name as 'ticketPage'])
      expect([name, answer.status, answer.headers.get('content-type')]).toEqual([name, 200, type])
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('x-robots-tag')).toContain('noindex')
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';/)
      expect(answer.headers.get('content-security-policy')).not.toContain('script')
    }
  })

  test('are seen by the buyer, and not by staff with order.read or anybody else', async () => {
    const { order: placed, event } = await documented(app)
    const manager = await hire(app, 'MANAGER', event.organizerId)
    expect(await documentsOf(app, { id: placed.id }, manager.token)).toBeNull()
    const [stranger, foreign] = [await signUp(app), await hire(app, 'OWNER')]
    for (const token of [stranger.token, foreign.token, undefined])
      expect(await documentsOf(app, { id: placed.id }, token)).toBeUndefined()
  })

  test('an order without tickets has an invoice alone, and one that cost nothing has none', async () => {
    const { organizerId } = await app.prisma.event.findUniqueOrThrow({ where: { slug: 'gelora-kampus' } })
    const event = await addEvent(app, organizerId)
    const free = await addCategory(app, event.id, { priceMinor: 0n })
    const placed = (await order(app, free)).body.data.createOrder
    expect(await documentsOf(app, placed)).toMatchObject({
      invoicePdf: null,
      ticketPage: expect.stringContaining('http'),
    })
    expect((await get(linkTo('invoice', placed.id))).status).toBe(403)
  })

  test('one that was changed anywhere, or is for another kind or order, is refused with 403', async () => {
    const { order: placed, documents } = await documented(app)
    const good = documents.ticketPage
    const token = good.slice(good.lastIndexOf('/') + 1)
    const changed = [0, 10, 24, 30, 50, 71].map((at) => {
      const other = token[at] === 'A' ? 'B' : 'A'
      return `${token.slice(0, at)}${other}${token.slice(at + 1)}`
    })
    const bad = ['x', `${token}A`, token.slice(0, -1), '%00', `${token}%3d`, 'x'.repeat(4_000), ...changed]
    const asked = [
      ...bad.map((one) => `${app.url}/documents/tickets/${one}`),
      `${app.url}/documents/invoice/${token}`,
      `${app.url}/documents/tickets-pdf/${token}`,
      linkTo('tickets', placed.id, undefined, 'another-secret-0123456789-0123456789-0123456789'),
    ]
    const pages = new Set<string>()
    for (const url of asked) {
      const answer = await get(url)
      expect([url.slice(-80), answer.status]).toEqual([url.slice(-80), 403])
      pages.add(await answer.text())
    }
    // Whatever is wrong, the answer is the same; also for a good link to an order that is not there or not paid.
    const { order: waiting } = await pending(app)
    for (const id of [newId(), waiting.id]) {
      for (const kind of ['tickets', 'tickets-pdf', 'invoice', 'calendar'] as const) {
        const answer = await get(linkTo(kind, id))
        expect(answer.status).toBe(403)
        pages.add(await answer.text())
      }
    }
    expect(pages.size).toBe(1)
    const [page = ''] = pages
    expect(page).toContain('Tautan ini tidak berlaku')
    expect(page).toContain('This link is not valid')
  })

  test('one that is over answers 410 and says in two languages how to get another', async () => {
    const { order: placed } = await documented(app)
    for (const id of [placed.id, newId()]) {
      const answer = await get(linkTo('tickets', id, new Date(Date.now() - 1_000)))
      expect(answer.status).toBe(410)
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      const page = await answer.text()
      expect(page).toContain('di sana ada tautan baru')
      expect(page).toContain('to get a new link')
      expect(page).not.toContain(id)
    }
  })

  test('they last until a day after the event, and at least as long as is set', async () => {
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)
    const late = await bought(1, { startsAt: inDays(90), endsAt: inDays(91) })
    const days = (expiresAt: string) => (new Date(expiresAt).getTime() - Date.now()) / 86_400_000
    expect(days(late.documents.expiresAt)).toBeCloseTo(92, 1)
    const soon = await bought(1, { startsAt: inDays(1), endsAt: inDays(2) })
    expect(days(soon.documents.expiresAt)).toBeCloseTo(30, 1)
    app.clock.advance(33 * 86_400)
    try {
      expect((await get(soon.documents.ticketPage)).status).toBe(410)
      expect((await get(late.documents.ticketPage)).status).toBe(200)
      const again = await documentsOf(app, soon.order)
      expect((await get(again.ticketPage)).status).toBe(200)
    } finally {
      app.clock.advance(-33 * 86_400)
    }
  })

  test('signed before a rotation they are good while the old secret is named, and no longer', async () => {
    const { order: placed, documents } = await documented(app)
    const before = new URL(documents.ticketPage).pathname
    const rotated = (previous: string) =>
      startApp({
        environment: {
          DATABASE_URL: app.databaseUrl,
          DOCUMENT_LINK_SECRET: 'the-new-document-secret-0123456789-0123456789',
          PREVIOUS_DOCUMENT_LINK_SECRET: previous,
        },
      })
    const heir = await rotated(secret())
    try {
      expect((await get(heir.url + before)).status).toBe(200)
      expect((await get((await documentsOf(heir, placed)).ticketPage)).status).toBe(200)
    } finally {
      await heir.close()
    }
    const stranger = await rotated('')
    try {
      expect((await get(stranger.url + before)).status).toBe(403)
    } finally {
      await stranger.close()
    }
  })
})

describe('the ticket page', () => {
  test('shows every ticket with a code that check-in admits, in under 60 kB for four', async () => {
    const { documents, tickets, order: placed, event } = await bought(4)
    const answer = await get(documents.ticketPage)
    const page = await answer.text()
    expect(page.length).toBeLessThan(60_000)
    expect(page).not.toMatch(/<script|<img|<link|https?:\/\/(?!127\.0\.0\.1)/)
    expect(page).toContain(placed.number)
    expect(page).toContain('Malam Musik')
    const tokens = qrCodesOfPage(page)
    expect(tokens.sort()).toEqual(tickets.map(({ token }) => token).sort())
    for (const { code } of tickets) expect(page).toContain(`${code.slice(0, 5)} ${code.slice(5)}`)
    const staff = await hire(app, 'GATE', event.organizerId)
    const gate = await app.prisma.gate.create({
      data: {
        id: newId(),
        eventId: event.id,
        name: 'Utara',
        categories: { create: { ticketCategoryId: tickets[0]?.ticketCategoryId ?? '' } },
      },
    })
    const input = { ticketToken: tokens[0], gateId: gate.id }
    const scan = await app.call('CheckIn', { input, idempotencyKey: key() }, { token: staff.token })
    expect(scan.body.data.checkIn.__typename).toBe('CheckIn')
    const after = await (await get(documents.ticketPage)).text()
    expect(after).toContain('Tiket ini sudah dipakai')
    expect(qrCodesOfPage(after)).toHaveLength(3)
  })

  test('shows a revoked ticket as such, without a code, and a cancelled event as cancelled', async () => {
    const { documents, tickets, event } = await bought(1)
    const [ticket] = tickets
    await app.prisma.ticket.update({ where: { id: ticket?.id ?? '' }, data: { status: 'REVOKED' } })
    await app.prisma.event.update({ where: { id: event.id }, data: { status: 'CANCELLED' } })
    const page = await (await get(`${documents.ticketPage}?lang=en`)).text()
    expect(page).toContain('This ticket is no longer valid')
    expect(page).toContain('This event is cancelled')
    expect(page).not.toContain('<svg')
    const pdf = Buffer.from(await (await get(documents.ticketsPdf)).arrayBuffer())
    expect(qrCodesOfPdf(pdf)).toEqual([null])
  })

  test('keeps the code of a used ticket where its holder may go out and in again', async () => {
    const { documents, tickets } = await bought(1, { allowReentry: true })
    await app.prisma.ticket.updateMany({ where: { id: tickets[0]?.id ?? '' }, data: { status: 'USED' } })
    const page = await (await get(documents.ticketPage)).text()
    expect(qrCodesOfPage(page)).toEqual([tickets[0]?.token])
    expect(page).toContain('Sudah masuk')
  })

  test('speaks the language that is asked for, and tells the time where the event is', async () => {
    const startsAt = new Date('2027-03-06T12:30:00Z')
    const endsAt = new Date('2027-03-06T15:00:00Z')
    const { documents } = await bought(1, { startsAt, endsAt, timeZone: 'Asia/Makassar' })
    const read = async (search: string, accept?: string) =>
      (await get(documents.ticketPage + search, accept ? { 'Accept-Language': accept } : {})).text()
    const indonesian = await read('')
    expect(indonesian).toContain('<html lang="id">')
    expect(indonesian).toContain('Sabtu, 6 Maret 2027, 20.30–23.00 WITA')
    const english = await read('?lang=en')
    expect(english).toContain('<html lang="en">')
    expect(english).toContain('Saturday, 6 March 2027, 20:30–23:00 WITA')
    expect(await read('', 'en-US,en;q=0.9,id;q=0.8')).toContain('lang="en">')
    expect(await read('', 'id-ID,en;q=0.5')).toContain('<html lang="id">')
    expect(await read('', 'de')).toContain('<html lang="en">')
    expect(await read('?lang=xx', ';;;,q=')).toContain('<html lang="id">')
  })

  test('no name becomes markup, on the page or in the files', async () => {
    const hostile = `"><script>alert(1)</script>&'\u0000\r\n\u2028END:VCALENDAR ${'panjang '.repeat(20)}`
    const name = '<img src=x onerror=alert(1)>'.padEnd(60, 'x')
    const { documents } = await bought(
      1,
      { title: hostile.replace('\u0000', ''), venue: hostile.slice(0, 30).replace('\u0000', '') },
      { attendeeNames: [name] },
    )
    for (const link of [
      documents.ticketPage,
      documents.ticketsPdf,
      documents.invoicePdf,
      documents.calendar,
    ]) {
      const answer = await get(link)
      expect(answer.status).toBe(200)
      if (link === documents.ticketPage) expect(await answer.text()).not.toMatch(/<script|<img/)
    }
  })

  test('answers HEAD as GET, and nothing else', async () => {
    const { documents } = await documented(app)
    const head = await fetch(documents.ticketPage, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await fetch(documents.ticketPage, { method: 'POST' })).status).toBe(405)
  })
})

describe('the PDF of the tickets', () => {
  test('has a page a ticket, a code on each, and the same bytes each time', async () => {
    const { documents, tickets, order: placed } = await bought(3)
    const answer = await get(documents.ticketsPdf)
    expect(answer.headers.get('content-disposition')).toBe(`inline; filename="tiket-${placed.number}.pdf"`)
    const pdf = Buffer.from(await answer.arrayBuffer())
    expect(pdf.length).toBeLessThan(150_000)
    expect(contentsOf(pdf)).toHaveLength(3)
    expect(qrCodesOfPdf(pdf).sort()).toEqual(tickets.map(({ token }) => token).sort())
    const again = await get(documents.ticketsPdf)
    expect(Buffer.from(await again.arrayBuffer()).equals(pdf)).toBe(true)
  })

  test('is for paid orders alone', async () => {
    const { order: waiting } = await pending(app)
    const link = documentUrl(app.app.deps, 'tickets-pdf', waiting.id, inDays(1))
    expect((await get(link)).status).toBe(403)
  })
})

describe('the invoice', () => {
  test('has one number for ever, and the same bytes until money goes back', async () => {
    const { documents, order: placed, payment } = await documented(app)
    const read = async () => {
      const answer = await get(documents.invoicePdf)
      const name = answer.headers.get('content-disposition')
      return { name, pdf: Buffer.from(await answer.arrayBuffer()) }
    }
    const first = await read()
    expect(first.name).toMatch(/^inline; filename="INV-[A-Z-]+-\d{6}\.pdf"$/)
    expect((await read()).pdf.equals(first.pdf)).toBe(true)
    await app.prisma.refund.create({
      data: {
        id: newId(),
        orderId: placed.id,
        paymentId: payment.id,
        cause: 'STAFF',
        amountMinor: 100n,
        currencyCode: 'IDR',
        reason: 'Separuh',
        createdAt: new Date(),
      },
    })
    const after = await read()
    expect(after.name).toBe(first.name)
    expect(after.pdf.equals(first.pdf)).toBe(false)
  })
})

describe('what is drawn', () => {
  const drawn = async () => {
    const { values } = await app.app.deps.metrics.drawings.get()
    const made = values.filter(({ labels }) => labels.outcome === 'drawn')
    return made.reduce((sum, { value }) => sum + value, 0)
  }
  const qrOf = (ticket: { token: string } | undefined) => `${app.url}/tickets/${ticket?.token}/qr.png`

  test('is drawn once for all who ask, and not at all for one who has it', async () => {
    const { documents, tickets } = await bought(2)
    for (const link of [documents.ticketPage, documents.ticketsPdf, documents.invoicePdf, qrOf(tickets[0])]) {
      const before = await drawn()
      const answers = await Promise.all(Array.from({ length: 10 }, () => get(link)))
      const tags = new Set(answers.map(({ headers }) => headers.get('etag')))
      expect([answers.every(({ status }) => status === 200), tags.size]).toEqual([true, 1])
      const [tag] = tags
      expect(tag).toMatch(/^"[\w-]{32}"$/)
      const known = await get(link, { 'If-None-Match': `W/${tag}, "x"` })
      expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', tag])
      expect(known.headers.get('cache-control')).toBe('private, no-store')
      expect((await get(link, { 'If-None-Match': '"x"' })).status).toBe(200)
      expect(await drawn()).toBe(before + 1)
    }
    const calendar = await get(documents.calendar)
    const tag = calendar.headers.get('etag') ?? ''
    expect((await get(documents.calendar, { 'If-None-Match': tag })).status).toBe(304)
  })

  test('is another version as soon as anything in it is another', async () => {
    const { documents, tickets, event, order: placed, payment } = await bought(1)
    const [ticket] = tickets
    const id = ticket?.id ?? ''
    const order = { where: { id: placed.id } }
    const tickets3 = ['ticketPage', 'ticketsPdf', 'calendar'] as const
    const pages = ['ticketPage', 'ticketsPdf'] as const
    const changes: [string, readonly (keyof typeof documents)[], () => Promise<unknown>][] = [
      [
        'renamed holder',
        pages,
        () => app.prisma.ticket.update({ where: { id }, data: { attendeeName: 'Ani' } }),
      ],
      [
        'moved event',
        tickets3,
        () =>
          app.prisma.event.update({
            where: { id: event.id },
            data: { startsAt: new Date(Date.now() + 9e8) },
          }),
      ],
      [
        'renamed event',
        [...tickets3, 'invoicePdf'],
        () => app.prisma.event.update({ where: { id: event.id }, data: { title: 'Lain' } }),
      ],
      [
        'other zone',
        [...pages, 'invoicePdf'],
        () => app.prisma.event.update({ where: { id: event.id }, data: { timeZone: 'Asia/Jayapura' } }),
      ],
      [
        'renamed category',
        tickets3,
        () =>
          app.prisma.ticketCategory.update({
            where: { id: ticket?.ticketCategoryId ?? '' },
            data: { name: 'Kursi' },
          }),
      ],
      [
        'refund',
        ['invoicePdf'],
        () =>
          app.prisma.refund.create({
            data: {
              id: newId(),
              orderId: placed.id,
              paymentId: payment.id,
              cause: 'STAFF',
              amountMinor: 100n,
              currencyCode: 'IDR',
              reason: 'Separuh',
              createdAt: new Date(),
            },
          }),
      ],
      [
        'renamed buyer',
        ['invoicePdf'],
        () => app.prisma.order.update({ ...order, data: { buyerName: 'Siti' } }),
      ],
      [
        'revoked ticket',
        tickets3,
        () => app.prisma.ticket.update({ where: { id }, data: { status: 'REVOKED' } }),
      ],
    ]
    const tagOf = async (name: keyof typeof documents) => (await get(documents[name])).headers.get('etag')
    for (const [what, names, change] of changes) {
      const before = await Promise.all(names.map(tagOf))
      await change()
      const after = await Promise.all(names.map(tagOf))
      for (const [at, name] of names.entries())
        expect([what, name, after[at] !== before[at]]).toEqual([what, name, true])
    }
    expect((await get(qrOf(ticket))).status).toBe(404)
  })

  test('one document is opened 30 times a minute, by whichever link and network, and others go on', async () => {
    const { documents, tickets, order: placed } = await bought(2)
    const { documents: other } = await bought(1)
    for (const link of [documents.ticketPage, documents.invoicePdf, documents.calendar, qrOf(tickets[0])]) {
      const ask = (n: number) => get(link, { 'X-Forwarded-For': `10.9.${n}.1` })
      const answers = await Promise.all(Array.from({ length: 31 }, (_, n) => ask(n)))
      const refused = answers.filter(({ status }) => status === 429)
      expect(refused).toHaveLength(1)
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refused[0]?.headers.get('cache-control')).toBe('private, no-store')
      expect(await refused[0]?.text()).toContain('Opened too often')
    }
    // A link to it that was made anew is the same document.
    expect((await get(linkTo('invoice', placed.id, inDays(3)))).status).toBe(429)
    for (const link of [documents.ticketsPdf, other.ticketPage, qrOf(tickets[1])])
      expect((await get(link)).status).toBe(200)
  })

  test('one network asks for 300 documents and pictures in ten seconds, whatever their tokens', async () => {
    const { documents } = await bought(1)
    const from = (ip: string, at: string) => get(`${app.url}${at}`, { 'X-Forwarded-For': ip })
    const kinds = ['/documents/tickets/x', '/documents/invoice/x', '/tickets/x/qr.png', '/pickups/x/qr.svg']
    for (const kind of kinds) expect((await from('10.8.0.1', kind)).status).not.toBe(429)
    const { drawingLimits } = app.app.deps
    await Promise.all(Array.from({ length: 300 - kinds.length }, () => drawingLimits.ofNetwork('10.8.0.1')))
    for (const kind of kinds) expect((await from('10.8.0.1', kind)).status).toBe(429)
    expect((await from('10.8.0.2', new URL(documents.ticketPage).pathname)).status).toBe(200)
  })

  test('of one network two are read at once, and the others do not wait for them', async () => {
    const { documents } = await bought(1)
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const { reading } = app.app.deps.drawingLimits
    const holding = [reading.run('10.7.0.1', () => held), reading.run('10.7.0.1', () => held)]
    let answered = false
    const third = get(documents.ticketPage, { 'X-Forwarded-For': '10.7.0.1' }).then((answer) => {
      answered = true
      return answer
    })
    expect((await get(documents.ticketPage, { 'X-Forwarded-For': '10.7.0.2' })).status).toBe(200)
    expect((await get(documents.invoicePdf, { 'X-Forwarded-For': '10.7.0.3' })).status).toBe(200)
    expect(answered).toBe(false)
    release()
    expect((await third).status).toBe(200)
    await Promise.all(holding)
  })
})

describe('the calendar', () => {
  const entryOf = async (url: string) => {
    const text = (await (await get(url)).text()).replace(/\r\n /g, '')
    const lines = text.split('\r\n').map((line) => line.split(/:(.*)/s, 2) as [string, string])
    return new Map(lines)
  }

  test('says a higher number each time that the event or the schedule moves, or is called off', async () => {
    const { documents, event, tickets } = await bought(1)
    const owner = await hire(app, 'OWNER', event.organizerId)
    const schedule = await app.prisma.schedule.create({
      data: {
        id: newId(),
        eventId: event.id,
        name: 'Hari 1',
        startsAt: event.startsAt,
        endsAt: event.endsAt,
      },
    })
    await app.prisma.ticket.updateMany({
      where: { id: tickets[0]?.id ?? '' },
      data: { scheduleId: schedule.id },
    })
    const startsAt = new Date(event.startsAt.getTime() + 3_600_000).toISOString()
    const endsAt = new Date(event.endsAt.getTime() + 3_600_000).toISOString()
    const moves: [string, object][] = [
      ['updateEvent', { input: { id: event.id, venue: 'Gedung lain' } }],
      ['updateEvent', { input: { id: event.id, startsAt, endsAt } }],
      ['updateSchedule', { input: { id: schedule.id, startsAt, endsAt } }],
      ['cancelEvent', { eventId: event.id, reason: 'Badai', idempotencyKey: key() }],
    ]
    let before = await entryOf(documents.calendar)
    for (const [mutation, variables] of moves) {
      await resultOf(app, mutation, variables, owner.token)
      const after = await entryOf(documents.calendar)
      expect([mutation, Number(after.get('SEQUENCE')) > Number(before.get('SEQUENCE'))]).toEqual([
        mutation,
        true,
      ])
      expect(Number(after.get('DTSTAMP')?.replace(/\D/g, ''))).toBeGreaterThanOrEqual(
        Number(before.get('DTSTAMP')?.replace(/\D/g, '')),
      )
      expect(after.get('UID')).toBe(before.get('UID'))
      before = after
    }
    expect(before.get('STATUS')).toBe('CANCELLED')
    expect(before.get('DTSTART')).toBe(`${startsAt.replace(/[-:]|\.\d+/g, '')}`)
  })
})
