// Whether the committed fronts hand on what the server serves to everybody, and nothing else: asked route by route.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Route } from '../../src/http/routes/route.ts'
import { startApp, type TestApp } from '../setup/app.ts'
import { addOrganizer } from '../setup/catalogue.ts'
import { documented } from '../setup/documents.ts'
import { paidGoods } from '../setup/goods.ts'
import { type Front, startVarnish } from './fronts.ts'
import { startNginx } from './nginx.ts'
import { raw } from './raw.ts'

let app: TestApp
const fronts: Record<string, Front> = {}
const names = ['Varnish', 'nginx'] as const

beforeAll(async () => {
  app = await startApp({
    season: true,
    environment: { JOBS_BOARD_TOKEN: 'board-token-of-a-test-0123456789-0123456789' },
  })
  const originPort = Number(new URL(app.url).port)
  fronts['Varnish'] = await startVarnish({ originPort })
  fronts['nginx'] = await startNginx({ originPort })
})
afterAll(async () => {
  await Promise.all(Object.values(fronts).map((front) => front.stop()))
  await app?.close()
})

/** An address that the route takes: all that tokens are made of, and one of what a pattern names. */
const addressOf = ({ path }: Pick<Route, 'path'>): string =>
  path.pathname
    .replace(/:\w+\(\\d\+\)/g, '0')
    .replace(/:\w+\((\w+)\|[^)]*\)/g, '$1')
    .replace(/:\w+/g, 'v4.aZ_0-9.x-y_Z')
    .replace('*', 'static/x.js')

/** Asks as a browser does, and gives what came back and whether the app gave it: it alone repeats the id of a request. */
async function ask(front: string, { method }: Pick<Route, 'method'>, address: string) {
  const id = crypto.randomUUID()
  const body = method === 'POST' ? '{}' : undefined
  const headers = { 'X-Request-Id': id, 'Content-Type': 'application/json' }
  const answer = await raw(fronts[front]?.url ?? '', address, { method, headers, ...(body ? { body } : {}) })
  return { ...answer, reached: answer.headers['x-request-id'] === id }
}

/** What every answer to an address with a secret in it says, a picture like a page, a refusal like a ticket. */
const OF_SECRETS = {
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  'content-security-policy': expect.stringMatching(/^default-src 'none'.*; frame-ancestors 'none'/),
  'cross-origin-resource-policy': expect.stringMatching(/^(same|cross)-origin$/),
}
const headersOf = ({ headers }: { headers: Readonly<Record<string, unknown>> }) =>
  Object.fromEntries(Object.keys(OF_SECRETS).map((name) => [name, headers[name]]))

test('the server has routes of both kinds, each with a sample that it takes', () => {
  expect(app.app.routes.length).toBeGreaterThan(15)
  for (const { path, name, reach } of app.app.routes) {
    expect(path.test({ pathname: addressOf({ path }) }), name).toBe(true)
    expect(['public', 'internal']).toContain(reach)
  }
  const internal = app.app.routes.filter(({ reach }) => reach === 'internal').map(({ name }) => name)
  expect(internal).toEqual(expect.arrayContaining(['metrics', 'jobs-board', 'dev-mail']))
})

describe.each(names)('%s', (front) => {
  test('hands on every public route, and no other', async () => {
    const said = app.app.routes.map(async (route) => {
      const { reached, status } = await ask(front, route, addressOf(route))
      return `${route.name} ${addressOf(route)}: ${reached ? 'reached' : `refused with ${status}`}`
    })
    const wanted = app.app.routes.map(
      (route) =>
        `${route.name} ${addressOf(route)}: ${route.reach === 'public' ? 'reached' : 'refused with 404'}`,
    )
    expect(await Promise.all(said)).toEqual(wanted)
  })

  test('opens every link that a buyer has, twice from the server, and keeps none', async () => {
    const { documents, order } = await documented(app)
    const goods = await paidGoods(app, await addOrganizer(app))
    const { body } = await app.call('OrderGoods', {
      id: goods.order.id,
      accessToken: goods.order.accessToken,
    })
    const detail = await app.call('OrderDetail', { id: order.id, accessToken: order.accessToken })
    const links: string[] = [
      documents.ticketPage,
      `${documents.ticketPage}?lang=en`,
      documents.ticketsPdf,
      documents.invoicePdf,
      documents.calendar,
      detail.body.data.order.tickets[0].qrPngUrl,
      detail.body.data.order.tickets[0].qrPngUrl.replace('.png', '.svg'),
      body.data.order.pickupQrPngUrl,
    ]
    const forged = links.map((link) => link.replace(/[\w-]{10}(?=$|\?|\/qr)/, 'AAAAAAAAAA'))
    for (const link of forged) {
      const { pathname, search } = new URL(link)
      const answer = await ask(front, { method: 'GET' }, pathname + search)
      expect([link, [403, 404].includes(answer.status), answer.reached]).toEqual([link, true, true])
      expect([link, headersOf(answer)]).toEqual([link, OF_SECRETS])
    }
    for (const link of [...links, ...links]) {
      const { pathname, search } = new URL(link)
      const answer = await ask(front, { method: 'GET' }, pathname + search)
      expect([link, answer.status, answer.reached]).toEqual([link, 200, true])
      expect([link, headersOf(answer)]).toEqual([link, OF_SECRETS])
      expect(answer.headers['cache-status']).not.toMatch(/hit/)
    }
  })
})
