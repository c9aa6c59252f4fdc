// What a public read says and does over HTTP, sentence by sentence.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from './setup/app.ts'
import { addOrganizer, eventOf, inDays } from './setup/catalogue.ts'
import { everythingWasAsked } from './setup/redis-contents.ts'
import { replicaOf } from './setup/replicas.ts'
import { categoryOf, eventBySlug, eventually } from './setup/shop.ts'
import { statementsOf } from './setup/statements.ts'
import { addressOf, ask, entriesOf, hashOf, jsonOf, type Wire } from './setup/wire.ts'

const CATALOGUE = 'public, max-age=30, stale-while-revalidate=300, stale-if-error=300'
const AVAILABILITY = 'public, max-age=2, stale-if-error=30'
const LIST = addressOf('EventList', { first: 20 })

let app: TestApp
let organizerId: string

beforeAll(async () => {
  app = await startApp({ season: true })
  await everythingWasAsked(app)
  ;({ id: organizerId } = await addOrganizer(app))
})
afterAll(() => app.close())

const get = (path: string, headers: object = {}) => ask(app, path, { headers })
const detailOf = (slug: string) => addressOf('EventDetail', { slug })
const statusOf = ({ headers }: Wire) => headers['cache-status']
const without = (names: readonly string[], { headers }: Wire) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))

/**
 * An event that nobody has asked for, behind the lists' first pages, and the address of its page. Nobody is told of it: a
 * late message would purge what a test fills.
 */
async function newEvent() {
  const later = { startsAt: inDays(900), endsAt: inDays(901) }
  const data = eventOf(organizerId, { title: 'Lama', ...later })
  const { id, slug } = await app.prisma.event.create({ data })
  return { id, page: detailOf(slug) }
}

/** Makes all that is kept too old to be given. */
const age = () => app.clock.advance(331)

/** Changes the title as if somebody else wrote into the database: nobody is told. */
const rename = (id: string, title: string) => app.prisma.event.update({ where: { id }, data: { title } })
const titleIn = (answer: Wire): string => jsonOf(answer).data.event.title

describe('the bytes', () => {
  const representations = ['application/json', 'application/graphql-response+json'].flatMap((type) =>
    ['identity', 'gzip', 'br'].map((encoding) => [type, encoding] as const),
  )

  test.each(representations)(
    'of %s in %s are the same answer, from a miss and from a hit',
    async (type, encoding) => {
      const { body } = await app.call('EventList', { first: 20 })
      const { page } = await newEvent()
      const headers = { accept: type, 'accept-encoding': encoding }
      for (const path of [LIST, LIST, page, page]) {
        const answer = await get(path, headers)
        expect(answer.status).toBe(200)
        if (path === LIST) expect(jsonOf(answer)).toEqual(body)
        expect(answer.headers['content-type']).toBe(`${type}; charset=utf-8`)
        expect(answer.headers['content-length']).toBe(String(answer.bytes.length))
        expect(answer.headers['transfer-encoding']).toBeUndefined()
        expect(answer.headers.vary).toBe('Accept, Accept-Encoding')
      }
      const answer = await get(LIST, headers)
      expect(answer.headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding)
      // Compressed once: what is decoded is text.
      if (encoding !== 'identity') expect(answer.bytes.length).toBeLessThan(JSON.stringify(body).length / 2)
    },
  )

  test('of a small answer are not compressed', async () => {
    const answer = await get(detailOf('tidak-ada'), { 'accept-encoding': 'gzip, br' })
    expect(jsonOf(answer)).toEqual({ data: { event: null } })
    expect(answer.headers['content-encoding']).toBeUndefined()
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length))
    expect(answer.headers.vary).toBe('Accept, Accept-Encoding')
  })
})

describe('the ETag', () => {
  const tagsOf = async (path: string): Promise<string[]> => {
    const tags: string[] = []
    for (const accept of ['application/json', 'application/graphql-response+json'])
      for (const encoding of ['identity', 'gzip', 'br'])
        tags.push(String((await get(path, { accept, 'accept-encoding': encoding })).headers.etag))
    return tags
  }

  test('is strong and differs between media types and encodings', async () => {
    const tags = await tagsOf(LIST)
    expect(new Set(tags).size).toBe(6)
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/)
  })

  test('changes when the content changes, and only then', async () => {
    const { id, page } = await newEvent()
    const first = await tagsOf(page)
    age()
    expect(await tagsOf(page)).toEqual(first)
    await rename(id, 'Baru')
    age()
    const changed = await tagsOf(page)
    for (const [index, tag] of changed.entries()) expect(tag).not.toBe(first[index])
    await rename(id, 'Lama')
    age()
    expect(await tagsOf(page)).toEqual(first)
  })

  test('is the same in every process', async () => {
    const other = await replicaOf(app, { RESPONSE_CACHE: 'off' })
    try {
      expect((await ask(other, LIST)).headers.etag).toBe((await get(LIST)).headers.etag)
    } finally {
      await other.close()
    }
  })
})

describe('If-None-Match', () => {
  const ofAnother = '"AAAAAAAAAAAAAAAAAAAAAAAAAAA-j"'

  test('is answered by 304 for the tag quoted, weak, in a list, of another encoding, and for *', async () => {
    const tag = String((await get(LIST)).headers.etag)
    const compressed = String((await get(LIST, { 'accept-encoding': 'br' })).headers.etag)
    const known = [tag, `W/${tag}`, `${ofAnother}, W/${tag}`, `"x","y",${tag}`, '*', compressed]
    for (const header of known) {
      const answer = await get(LIST, { 'if-none-match': header })
      expect(answer.status, header).toBe(304)
      expect(answer.bytes.length).toBe(0)
    }
    // Also when it has to be looked up first.
    age()
    expect((await get(LIST, { 'if-none-match': tag })).status).toBe(304)
  })

  test('is answered by 200 for the tag of another answer and for what is no tag', async () => {
    const other = String((await get(addressOf('EventList', { first: 3 }))).headers.etag)
    const hash = String((await get(LIST)).headers.etag).slice(1, -1)
    const unknown = [other, ofAnother, hash, `"${hash}`, `'${hash}'`, '"*"', '', ',,;="', '%00', 'W/""']
    for (const header of unknown) {
      const answer = await get(LIST, { 'if-none-match': header })
      expect(answer.status, header).toBe(200)
      expect(jsonOf(answer).data.events.edges).toHaveLength(20)
    }
  })

  test('gives a 304 with all that a cache renews its copy by, and nothing of a body', async () => {
    const headers = { 'accept-encoding': 'br' }
    await get(LIST, headers)
    const whole = await get(LIST, headers)
    for (const method of ['GET', 'HEAD']) {
      const {
        status,
        headers: given,
        bytes,
      } = await ask(app, LIST, {
        method,
        headers: { ...headers, 'if-none-match': String(whole.headers.etag) },
      })
      expect(status).toBe(304)
      expect(bytes.length).toBe(0)
      for (const name of [
        'etag',
        'cache-control',
        'cdn-cache-control',
        'vary',
        'age',
        'cache-status',
        'date',
      ])
        expect(given[name], name).toBeDefined()
      for (const name of ['etag', 'cache-control', 'cdn-cache-control', 'vary'])
        expect(given[name]).toBe(whole.headers[name])
      for (const name of ['content-length', 'content-encoding', 'content-type', 'transfer-encoding'])
        expect(given[name], name).toBeUndefined()
    }
  })

  test('on a changed answer gives the new one', async () => {
    const { id, page } = await newEvent()
    const tag = String((await get(page)).headers.etag)
    await rename(id, 'Baru')
    age()
    const answer = await get(page, { 'if-none-match': tag })
    expect(answer.status).toBe(200)
    expect(titleIn(answer)).toBe('Baru')
  })
})

test('HEAD gives what GET gives, without the body, from a miss and from a hit', async () => {
  for (const encoding of ['identity', 'gzip', 'br']) {
    const headers = { 'accept-encoding': encoding }
    const { page: first } = await newEvent()
    const { page: second } = await newEvent()
    const miss = await ask(app, first, { method: 'HEAD', headers })
    expect(statusOf(miss)).toBe('Karcis; fwd=miss; stored')
    expect(without(['date', 'etag', 'content-length'], miss)).toEqual(
      without(['date', 'etag', 'content-length'], await get(second, headers)),
    )
    const [head, whole] = [await ask(app, first, { method: 'HEAD', headers }), await get(first, headers)]
    expect(head.status).toBe(200)
    expect(head.bytes.length).toBe(0)
    expect(without(['date', 'age', 'cache-status'], head)).toEqual(
      without(['date', 'age', 'cache-status'], whole),
    )
    expect(head.headers['content-length']).toBe(String(whole.bytes.length))
    expect(miss.headers.etag).toBe(whole.headers.etag)
  }
})

describe('freshness', () => {
  test('a miss is stored, a hit says how long it lives, and its Age grows with the clock', async () => {
    const { page } = await newEvent()
    const miss = await get(page)
    expect(statusOf(miss)).toBe('Karcis; fwd=miss; stored')
    expect(miss.headers.age).toBe('0')
    expect(miss.headers['cache-control']).toBe(CATALOGUE)
    expect(miss.headers['cdn-cache-control']).toBe(CATALOGUE)
    app.clock.advance(12)
    const hit = await get(page)
    const age = Number(hit.headers.age)
    expect(age).toBeGreaterThanOrEqual(12)
    expect(statusOf(hit)).toBe(`Karcis; hit; ttl=${30 - age}`)
    expect(without(['date', 'age', 'cache-status'], hit)).toEqual(
      without(['date', 'age', 'cache-status'], miss),
    )
    // Nothing of it comes from the database.
    expect(await statementsOf(() => get(page))).toEqual([])
  })

  test('of those who ask at once one goes on and the others wait for it', async () => {
    const { page } = await newEvent()
    const statuses = (await Promise.all(Array.from({ length: 40 }, () => get(page)))).map(statusOf)
    expect(statuses.filter((status) => status === 'Karcis; fwd=miss; stored')).toHaveLength(1)
    for (const status of statuses)
      expect(status).toMatch(/^Karcis; (fwd=miss; (stored|collapsed)|hit; ttl=\d+)$/)
    expect(statuses).toContain('Karcis; fwd=miss; collapsed')
  })

  test('another process has it from Redis, with its age', async () => {
    const { page } = await newEvent()
    const mine = await get(page)
    const other = await replicaOf(app)
    try {
      const statements = await statementsOf(async () => {
        const answer = await ask(other, page)
        expect(statusOf(answer)).toBe('Redis; hit, Karcis; fwd=miss; stored')
        expect(answer.headers.etag).toBe(mine.headers.etag)
        expect(answer.bytes.equals(mine.bytes)).toBe(true)
      })
      expect(statements).toEqual([])
    } finally {
      await other.close()
    }
  })

  test('after 31 seconds the old answer comes at once and is renewed once behind it', async () => {
    const once = await newEvent()
    const cold = await statementsOf(() => get(once.page))
    const { id, page } = await newEvent()
    await get(page)
    await rename(id, 'Baru')
    app.clock.advance(31)
    const statements = await statementsOf(async () => {
      const answer = await get(page)
      await Promise.all(Array.from({ length: 20 }, () => get(page)))
      expect(titleIn(answer)).toBe('Lama')
      expect(statusOf(answer)).toMatch(/^Karcis; hit; ttl=-\d+$/)
      expect(Number(answer.headers.age)).toBeGreaterThanOrEqual(31)
      await eventually(async () => titleIn(await get(page)) === 'Baru')
    })
    expect(statements).toHaveLength(cold.length)
    expect(Number((await get(page)).headers.age)).toBeLessThan(30)
  })

  test('after 330 seconds nothing old is given', async () => {
    const { id, page } = await newEvent()
    await get(page)
    await rename(id, 'Baru')
    app.clock.advance(331)
    const answer = await get(page)
    expect(titleIn(answer)).toBe('Baru')
    expect(statusOf(answer)).toBe('Karcis; fwd=stale; stored')
    expect(answer.headers.age).toBe('0')
  })

  test('what is left of stock lives two seconds and is never shown old', async () => {
    const { category, event } = await categoryOf(app, 'gelora-kampus', 'Reguler')
    const item = addressOf('MerchandiseAvailability', {
      slug: (await eventBySlug(app, 'gelora-kampus')).merchandise[0]?.slug,
    })
    expect((await get(item)).headers['cache-control']).toBe(AVAILABILITY)
    const path = addressOf('EventAvailability', { eventId: event.id })
    const remaining = async () => {
      const answer = await get(path)
      expect(answer.headers['cache-control']).toBe(AVAILABILITY)
      expect(answer.headers['cdn-cache-control']).toBe(AVAILABILITY)
      const { ticketCategories } = jsonOf(answer).data.availability
      return ticketCategories.find(({ id }: { id: string }) => id === category.id).remaining
    }
    const before = await remaining()
    for (let sold = 1; sold <= 3; sold++) {
      await app.prisma.ticketCategory.update({
        where: { id: category.id },
        data: { remaining: { decrement: 1 } },
      })
      app.clock.advance(2)
      expect(await remaining()).toBe(before - sold)
    }
  })
})

describe('one question has one entry', () => {
  test('however variables, id, name and client are written', async () => {
    const id = hashOf('EventList')
    const filter = { city: 'Bandung', startsAfter: '2020-01-01T00:00:00Z' }
    const extensions = { persistedQuery: { version: 1, sha256Hash: id } }
    const variables = JSON.stringify({ first: 4, filter })
    const asked = (given: Record<string, string>) => `/graphql?${new URLSearchParams(given)}`
    const spellings = [
      addressOf('EventList', { first: 4, filter }),
      addressOf('EventList', { filter, first: 4 }),
      asked({ documentId: `sha256:${id}`, variables: JSON.stringify({ first: 4, filter }, null, 2) }),
      asked({
        documentId: `sha256:${id}`,
        variables: variables.replace('Bandung', '\\u0042andung').replace('00:00:00Z', '07:00:00+07:00'),
      }),
      asked({ variables, documentId: `sha256:${id}` }),
      asked({ operationName: 'EventList', variables, extensions: JSON.stringify(extensions) }),
      asked({
        variables,
        extensions: JSON.stringify({
          ...extensions,
          clientLibrary: { name: '@apollo/client', version: '4.3.8' },
        }),
      }),
      addressOf('EventList', { first: 4, filter }).replace('/graphql?documentId', '/graphql?d%6fcumentId'),
    ]
    expect(new Set(spellings).size).toBe(spellings.length)
    const before = await entriesOf(app)
    const statuses: (string | undefined)[] = []
    for (const path of spellings) statuses.push(String(statusOf(await get(path))).replace(/\d+$/, ''))
    expect(statuses).toEqual([
      'Karcis; fwd=miss; stored',
      ...spellings.slice(1).map(() => 'Karcis; hit; ttl='),
    ])
    expect(await entriesOf(app)).toBe(before + 1)
  })
})

describe('an answer is the same for everybody', () => {
  test('whatever the Origin, the cookies and the token: all sites may read it, and no credentials are taken', async () => {
    const token = await app.login('buyer@karcis.test')
    const { page } = await newEvent()
    const plain = await get(page)
    const before = await entriesOf(app)
    const callers = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://tiket.example', cookie: 'session=1; theme=dark' },
      { authorization: `Bearer ${token}` },
      { authorization: 'Bearer nonsense' },
      { authorization: 'Basic YTpi', cookie: 'a=b', 'cache-control': 'no-cache', pragma: 'no-cache' },
    ]
    for (const caller of callers) {
      const answer = await get(page, caller)
      expect(statusOf(answer)).toMatch(/^Karcis; hit/)
      expect(without(['date', 'age', 'cache-status'], answer)).toEqual(
        without(['date', 'age', 'cache-status'], plain),
      )
      expect(answer.bytes.equals(plain.bytes)).toBe(true)
    }
    expect(await entriesOf(app)).toBe(before)
    expect(plain.headers['access-control-allow-origin']).toBe('*')
    expect(plain.headers['access-control-allow-credentials']).toBeUndefined()
    expect(plain.headers['set-cookie']).toBeUndefined()
    expect(plain.headers.vary).not.toMatch(/origin|cookie|authorization/i)
  })

  test.each([
    ['none', { CORS_ORIGINS: '' }],
    ['listed with credentials', { CORS_ORIGINS: 'https://tiket.example', CORS_CREDENTIALS: 'true' }],
  ])('also when the origins of other answers are %s', async (_which, environment) => {
    const strict = await startApp({ season: true, environment })
    try {
      for (const origin of ['https://tiket.example', 'https://evil.example']) {
        // A miss, a hit, a 304 and a refusal.
        const first = await ask(strict, LIST, { headers: { origin } })
        const answers = [
          first,
          await ask(strict, LIST, { headers: { origin } }),
          await ask(strict, LIST, { headers: { origin, 'if-none-match': '*' } }),
          await ask(strict, `${LIST}&_=1`, { headers: { origin } }),
        ]
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 304, 400])
        for (const { headers } of answers) {
          expect(headers['access-control-allow-origin']).toBe('*')
          expect(headers['access-control-allow-credentials']).toBeUndefined()
        }
      }
    } finally {
      await strict.close()
    }
  })
})
