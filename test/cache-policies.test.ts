// What caches may do with each operation, from the hints in the schema to the header on the wire.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  type FieldDefinitionNode,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cacheControl } from '../src/http/edge/cache-policy.ts'
import { loadPersistedOperations } from '../src/http/edge/persisted-operations.ts'
import { readRequest } from '../src/http/edge/read-request.ts'
import type { CacheHint } from '../src/platform/cache-hint.ts'
import { schema } from '../src/schema.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { everythingWasAsked } from './setup/redis-contents.ts'
import { eventBySlug, paid } from './setup/shop.ts'
import { addressOf, ask, entriesOf, jsonOf } from './setup/wire.ts'

const root = new URL('../', import.meta.url)
const CATALOGUE = 'public, max-age=30, stale-while-revalidate=300, stale-if-error=300'
const AVAILABILITY = 'public, max-age=2, stale-if-error=30'
const QUEUE = 'public, max-age=1, stale-if-error=10'
const PRIVATE = 'private, no-store'

const POLICIES: Readonly<Record<string, string>> = {
  EventDetail: CATALOGUE,
  EventList: CATALOGUE,
  MerchandiseDetail: CATALOGUE,
  MerchandiseList: CATALOGUE,
  MerchandiseReviews: CATALOGUE,
  OrganizerDetail: CATALOGUE,
  EventAvailability: AVAILABILITY,
  MerchandiseAvailability: AVAILABILITY,
  WaitingRoomState: QUEUE,
  GateList: PRIVATE,
  Me: PRIVATE,
  MyOrders: PRIVATE,
  OrderDetail: PRIVATE,
  OrderDocuments: PRIVATE,
  OrderGoods: PRIVATE,
  WaitingRoom: PRIVATE,
  CancelOrder: 'no-store',
  CheckIn: 'no-store',
  HandOverPickup: 'no-store',
  CreateOrder: 'no-store',
  ExtendHold: 'no-store',
  GateLogin: 'no-store',
  JoinWaitingRoom: 'no-store',
  LeaveWaitingRoom: 'no-store',
  Login: 'no-store',
  Logout: 'no-store',
  PayOrder: 'no-store',
  PlaceHold: 'no-store',
  RefreshSession: 'no-store',
  ReleaseHold: 'no-store',
  Register: 'no-store',
}

const hintOf = (extensions: Readonly<Record<string, unknown>> | undefined) =>
  extensions?.['cacheControl'] as CacheHint | undefined

describe('the table of policies', () => {
  const printed = execFileSync('node', ['scripts/persisted.ts', '--explain'], {
    cwd: fileURLToPath(root),
    encoding: 'utf8',
  })
  const lines = printed.trim().split('\n')

  test('is what `npm run persisted -- --explain` prints, each line with its reason', () => {
    const table = Object.fromEntries(
      lines.map((line) => {
        const [name = '', header = ''] = line.split(/ {2,}/)
        return [name, header]
      }),
    )
    expect(table).toEqual(POLICIES)
    for (const line of lines) {
      const [, , reason = ''] = line.split(/ {2,}/)
      expect(reason, line).toMatch(/^(because of \w+\.\w+|only queries are kept$|no hint on \w+\.\w+)/)
    }
  })

  test('names the fields that are to blame', () => {
    const lineOf = (name: string) => lines.find((line) => line.startsWith(`${name} `))
    expect(lineOf('MyOrders')).toMatch(/because of Query\.me$/)
    expect(lineOf('MerchandiseAvailability')).toMatch(
      /because of MerchandiseVariant\.remaining, MerchandiseVariant\.soldOut$/,
    )
    expect(lineOf('EventDetail')).toMatch(/because of Query\.event$/)
  })

  test('holds for every operation of the manifest, old ones too: none has a policy of its own', () => {
    for (const { name, policy } of loadPersistedOperations(schema).values())
      expect(Object.values(POLICIES), name).toContain(cacheControl(policy))
  })
})

describe('the hints', () => {
  test('stand in schema.graphql as @cacheControl, on exactly the fields that have one', () => {
    const text = readFileSync(new URL('schema.graphql', root), 'utf8')
    const printed = new Map<string, object>()
    visit(parse(text), {
      ObjectTypeDefinition(type) {
        for (const field of type.fields ?? []) {
          const directive = directiveOf(field)
          if (directive) printed.set(`${type.name.value}.${field.name.value}`, directive)
        }
      },
    })
    const hinted = new Map<string, object>()
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) continue
      for (const field of Object.values(type.getFields())) {
        const hint = hintOf(field.extensions)
        if (hint) hinted.set(`${type.name}.${field.name}`, { ...hint })
      }
    }
    expect(printed.size).toBeGreaterThan(15)
    expect(Object.fromEntries(printed)).toEqual(Object.fromEntries(hinted))
  })

  test('stand on every field of Query that our clients ask for', () => {
    const types = new TypeInfo(schema)
    for (const { name, document } of loadPersistedOperations(schema).values()) {
      visit(
        document,
        visitWithTypeInfo(types, {
          Field(node) {
            if (types.getParentType() !== schema.getQueryType()) return
            expect(hintOf(types.getFieldDef()?.extensions), `${name}: ${node.name.value}`).toBeDefined()
          },
        }),
      )
    }
  })

  test('keep volatile fields in documents of their own, whose names say so', () => {
    const folder = new URL('persisted-queries/storefront/', root)
    const types = new TypeInfo(schema)
    const volatile = new Map<string, string[]>()
    for (const file of readdirSync(folder)) {
      const document = parse(readFileSync(new URL(file, folder), 'utf8'))
      const [operation] = document.definitions
      if (operation?.kind !== Kind.OPERATION_DEFINITION || operation.operation !== 'query') continue
      const fields: string[] = []
      visit(
        document,
        visitWithTypeInfo(types, {
          Field(node) {
            const hint = hintOf(types.getFieldDef()?.extensions)
            const changes = ['remaining', 'soldOut', 'saleState'].includes(node.name.value)
            if (changes || (hint?.scope === 'PUBLIC' && hint.maxAge < 30))
              fields.push(`${types.getParentType()?.name}.${node.name.value}`)
          },
        }),
      )
      if (fields.length > 0) volatile.set(operation.name?.value ?? file, fields)
    }
    expect([...volatile.keys()].sort()).toEqual([
      'EventAvailability',
      'MerchandiseAvailability',
      'WaitingRoomState',
    ])
  })

  test('say of every field named remaining, soldOut or saleState that a public answer lives two seconds', () => {
    for (const type of Object.values(schema.getTypeMap())) {
      // What a refusal says of stock is no public answer.
      if (!isObjectType(type) || type.name.endsWith('Error')) continue
      for (const name of ['remaining', 'soldOut', 'saleState']) {
        const field = type.getFields()[name]
        if (field) expect(hintOf(field.extensions)?.maxAge, `${type.name}.${name}`).toBe(2)
      }
    }
  })
})

/** The hint that a field's @cacheControl stands for. */
function directiveOf({ directives }: FieldDefinitionNode): CacheHint | undefined {
  const directive = directives?.find(({ name }) => name.value === 'cacheControl')
  const given = Object.fromEntries(
    (directive?.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  )
  const nothing = { maxAge: 0, staleWhileRevalidate: 0, staleIfError: 0, scope: 'PUBLIC' } as const
  return directive && { ...nothing, ...given }
}

describe('a private field', () => {
  const documents = {
    Alias: 'query Alias { me { e: email } }',
    AliasOfRoot: 'query AliasOfRoot { events(first: 1) { edges { cursor } } event: me { id title: email } }',
    Fragment: 'query Fragment { ...F } fragment F on Query { me { ...G } } fragment G on User { x: email }',
    Inline: 'query Inline { ... on Query { ... { me { id } } } }',
    Nested: 'query Nested { me { orders(first: 1) { edges { node { tickets { token } } } } } }',
    Skipped:
      'query Skipped($no: Boolean!) { events(first: 1) { edges { cursor } } me @skip(if: $no) { id } }',
  }
  const folder = mkdtempSync(join(tmpdir(), 'karcis-manifest-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is private under an alias, in a fragment, nested and skipped, and no such operation is a public read', () => {
    const operations = Object.entries(documents).map(([name, body]) => {
      const id = createHash('sha256').update(body).digest('hex')
      return { id, name, type: 'query', body }
    })
    const file = join(folder, 'manifest.json')
    writeFileSync(file, JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }))
    const loaded = loadPersistedOperations(schema, pathToFileURL(file))
    expect(loaded.size).toBe(Object.keys(documents).length)
    for (const { id, name, policy, anonymous } of loaded.values()) {
      expect(cacheControl(policy), name).toBe(PRIVATE)
      expect(anonymous, name).toBe(false)
      expect(readRequest(`documentId=sha256:${id}`, loaded, schema), name).toBeNull()
      const extensions = encodeURIComponent(
        JSON.stringify({ persistedQuery: { version: 1, sha256Hash: id } }),
      )
      expect(readRequest(`extensions=${extensions}`, loaded, schema), name).toBeNull()
    }
  })

  describe('over HTTP', () => {
    let app: TestApp
    beforeAll(async () => {
      app = await startApp({ season: true })
      await everythingWasAsked(app)
    })
    afterAll(() => app.close())

    /** Everything that Redis holds in the database of this app. */
    async function redisText(): Promise<string> {
      const { redis } = app.app.deps
      const texts = await Promise.all(
        (await redis.keys('*')).map(async (key) => {
          const type = await redis.type(key)
          return type === 'hash'
            ? JSON.stringify(await redis.hgetall(key))
            : type === 'string'
              ? await redis.get(key)
              : ''
        }),
      )
      return texts.join('\n')
    }

    test('is given to its owner alone, and kept neither in the process nor in Redis', async () => {
      const token = await app.login('buyer@karcis.test')
      const headers = { authorization: `Bearer ${token}` }
      const bought = await paid(app)
      const { accessToken, id } = bought.order
      const ticket = bought.tickets[0]?.token ?? ''
      // One that is kept shows that looking for it would find it.
      const { id: eventId, title } = await eventBySlug(app, 'gelora-kampus')
      await ask(app, addressOf('EventDetail', { slug: 'gelora-kampus' }))
      const entries = await entriesOf(app)
      const asked = [
        addressOf('Me'),
        addressOf('MyOrders', { first: 5 }),
        `/graphql?query=${encodeURIComponent(documents.Alias)}`,
        `/graphql?query=${encodeURIComponent(documents.AliasOfRoot)}`,
      ]
      let seen = ''
      for (const path of asked) {
        for (const more of [{}, { 'if-none-match': '*' }, { accept: 'application/graphql-response+json' }]) {
          const answer = await ask(app, path, { headers: { ...headers, ...more } })
          expect(answer.status, path).toBe(200)
          expect(answer.headers['cache-control']).toBe(path.includes('documentId') ? PRIVATE : 'no-store')
          for (const name of ['etag', 'cdn-cache-control', 'cache-status', 'age', 'xkey'])
            expect(answer.headers[name], name).toBeUndefined()
          seen += JSON.stringify(jsonOf(answer))
        }
      }
      const variables = { id, accessToken }
      const inAddress = await ask(app, addressOf('OrderDetail', variables), { headers })
      expect(inAddress.status).toBe(405)
      expect(inAddress.headers.allow).toBe('POST')
      expect(JSON.stringify(jsonOf(inAddress))).not.toContain(accessToken)
      const posted = await app.call('OrderDetail', variables, { token })
      expect(posted.headers.get('cache-control')).toBe('no-store')
      seen += JSON.stringify(posted.body)
      expect(seen).toContain('buyer@karcis.test')
      expect(seen).toContain(ticket)
      expect(await entriesOf(app)).toBe(entries)
      const kept = await redisText()
      expect(kept).toContain(eventId)
      expect(kept).toContain(title)
      for (const secret of ['buyer@karcis.test', ticket, accessToken, bought.order.number])
        expect(kept).not.toContain(secret)
    })

    test('is said to be private by GET, as each policy of the table is said', async () => {
      const { id: eventId } = await eventBySlug(app, 'gelora-kampus')
      const variables: Record<string, object> = {
        EventDetail: { slug: 'gelora-kampus' },
        EventAvailability: { eventId },
        OrderDetail: { id: crypto.randomUUID() },
        OrderDocuments: { id: crypto.randomUUID() },
        GateList: { eventId },
        ...Object.fromEntries(
          ['MerchandiseDetail', 'MerchandiseReviews', 'MerchandiseAvailability', 'OrganizerDetail'].map(
            (name) => [name, { slug: 'x' }],
          ),
        ),
      }
      for (const [name, policy] of Object.entries(POLICIES)) {
        const answer = await ask(app, addressOf(name, variables[name]))
        if (policy === 'no-store') expect(answer.status, name).toBe(405)
        const said = answer.status === 200 ? policy : 'no-store'
        expect(answer.headers['cache-control'], name).toBe(said)
        expect(answer.headers['cdn-cache-control'], name).toBe(said.startsWith('public') ? said : undefined)
      }
    })
  })
})
