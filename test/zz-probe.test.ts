import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { startApp, type TestApp } from './setup/app.ts'
let app: TestApp
beforeAll(async () => { app = await startApp({ season: true }) })
afterAll(() => app.close())
const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
test('probe', async () => {
  const out: string[] = []
  const ask = async (name: string, op: string, v: object) => { const r = await app.call(op, v, { method: 'GET' }); out.push(`${name}: ${r.status} ${JSON.stringify(r.body).slice(0, 300)}`) }
  for (const d of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', '2026-02-30T00:00:00Z', '2026-11-21T25:00:00Z','2026-11-21T24:00:00Z', '2026-11-21T12:00:00+99:99','2026-11-21T12:00Z'])
    await ask(d, 'EventList', { first: 1, filter: { startsAfter: d } })
  for (const d of ['0000-01-01T00:00:00Z','+010000-01-01T00:00:00.000Z','-000001-01-01T00:00:00.000Z', '2026'])
    await ask('cursor ' + d, 'EventList', { first: 1, after: cursorOf('STARTS_AT_ASC', d, newId()) })
  await ask('int', 'MerchandiseList', { orderBy: 'RATING_DESC', after: cursorOf('RATING_DESC', '999999999999999999', newId()) })
  await ask('int', 'MerchandiseList', { orderBy: 'BEST_SELLING', after: cursorOf('BEST_SELLING', '-99999999999', newId()) })
  await ask('big', 'MerchandiseList', { orderBy: 'PRICE_ASC', after: cursorOf('PRICE_ASC', '999999999999999999', newId()) })
  await ask('price', 'MerchandiseList', { filter: {minPrice: '9999999999999999', maxPrice: '-9999999999999999.99'} })
  await ask('price', 'MerchandiseList', { filter: {minPrice: '1.001'} })
  await ask('price', 'MerchandiseList', { filter: {minPrice: 'NaN'} })
  await ask('surr', 'EventList', { filter: {search: '\ud800 x', city: '\udc00'} })
  await ask('search', 'EventList', { filter: {search: 'x'.repeat(101)} })
  await ask('search', 'EventList', { filter: {search: ''} })
  await ask('search', 'EventList', { filter: {search: '\u0301 a\u0301\u0301'} })
  await ask('search', 'EventList', { filter: {search: "ก็ कि ∞ ½ ² Ⅷ 𝒜 🎸 ߁ ٣"} })
  await app.prisma.event.updateMany({ where: { slug: 'gelora-kampus' }, data: { title: "AC/DC v2.0 covid-19 feat.Raisa rock.n.roll Jum'at T-1 50% 1e5 a_b x@y.com http://foo.bar/baz कि ก็ Straße İzmir" } })
  for (const s of ['ac dc','AC/DC','dc','v2.0','2.0','0','19','covid-19','raisa','feat.Raisa','rock','roll','jum','at','jum\'at','T-1','1','50','1e5','a_b','b','y','com','baz','foo','कि','ก็','Straße','STRASSE','izmir','İzmir','http://foo.bar/baz'])
    { const r = await app.call('EventList', { filter: { search: s } }, { method: 'GET' }); out.push(`find ${s}: ${r.body.data?.events.edges.length ?? JSON.stringify(r.body)}`) }
  console.log(out.join('\n'))
})
