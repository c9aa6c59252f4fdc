// How the first owner of an organizer gets in: the command's invitation, its page and its mutation.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOwner, createOrganizer } from '../src/modules/organizers/create-organizer.ts'
import { invitationMail } from '../src/modules/organizers/invitation-mail.ts'
import { invitationUrl } from '../src/modules/organizers/invitations.ts'
import { listOrganizers } from '../src/modules/organizers/queries.ts'
import { startApp, type TestApp } from './setup/app.ts'
import { mutate, signUp } from './setup/staff.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

const PASSWORD = 'a-password-of-its-own'
let made = 0

/** A new organizer, its owner's e-mail and the link that they get. */
async function invited(email = `pemilik-${crypto.randomUUID()}@karcis.test`) {
  made += 1
  const slug = `penyelenggara-${made}`
  const { invitation, token } = await createOrganizer(app.app.deps, {
    name: 'Gelora',
    slug,
    ownerEmail: email,
  })
  return { slug, email, token, invitation, url: invitationUrl(app.app.deps, token) }
}

const network = () => `10.9.${Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`
const post = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'X-Forwarded-For': network(), 'Sec-Fetch-Site': 'same-origin', ...headers },
    body: new URLSearchParams(fields),
  })
const open = (url: string) => fetch(url, { headers: { 'X-Forwarded-For': network() } })
const accept = (token: string, more: object = {}) =>
  mutate(
    app,
    'acceptInvitation',
    { input: { token, name: 'Sari', password: PASSWORD, ...more } },
    undefined,
    '... on AcceptInvitationSuccess { organizer { slug } session { accessToken user { email } } }',
  )
const members = (slug: string) =>
  app.prisma.member.findMany({ where: { organizer: { slug } }, include: { account: true } })

test('looking at a link changes nothing, its form makes an owner, and then it is used up for page and mutation', async () => {
  const { url, slug, email, token } = await invited()
  for (let n = 0; n < 3; n++) {
    const page = await open(url)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'")
    expect(page.headers.get('cache-control')).toBe('private, no-store')
    expect(await page.text()).toContain(email)
  }
  expect(await members(slug)).toEqual([])
  expect((await post(url, { name: 'Sari', password: PASSWORD })).status).toBe(200)
  expect(await members(slug)).toMatchObject([{ role: 'OWNER', account: { email, name: 'Sari' } }])
  const staff = await app.query('{ me { email } }', {}, { token: await app.login(email, PASSWORD) })
  expect(staff.body.data.me.email).toBe(email)
  for (const again of [await open(url), await post(url, { name: 'X', password: 'another-password-1' })])
    expect(again.status).toBe(410)
  expect((await accept(token)).body.data.result).toMatchObject({
    __typename: 'InvitationInvalidError',
    code: 'INVITATION_INVALID',
    path: ['input', 'token'],
  })
})

test('the mutation signs the new owner in', async () => {
  const { token, email, slug } = await invited()
  const { result } = (await accept(token)).body.data
  expect(result).toMatchObject({ organizer: { slug }, session: { user: { email } } })
  const { accessToken } = result.session
  const events = 'query ($id: ID!) { staffEvents(organizerId: $id) { edges { node { id } } } }'
  const [member] = await members(slug)
  const answer = await app.query(events, { id: member?.organizerId }, { token: accessToken })
  expect(answer.body.data.staffEvents.edges).toEqual([])
})

test('of twenty who accept at once one becomes the owner, and there is one account', async () => {
  const { token, slug, email } = await invited()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => accept(token, { name: `Sari ${n}` })),
  )
  const types = answers.map(({ body }) => body.data?.result?.__typename)
  expect(types.filter((type) => type === 'AcceptInvitationSuccess')).toHaveLength(1)
  expect(await members(slug)).toHaveLength(1)
  expect(await app.prisma.account.count({ where: { email } })).toBe(1)
})

test('every link that is not good answers the same: made up, changed, revoked by a newer one, expired', async () => {
  const { url, token, slug, email } = await invited()
  const { token: newer } = await addOwner(app.app.deps, slug, email.toUpperCase())
  const late = await invited()
  await app.prisma.invitation.update({
    where: { id: late.invitation.id },
    data: { createdAt: new Date(0), expiresAt: new Date(1) },
  })
  const bad = [url, late.url, `${url}x`, url.slice(0, -1), url.replace(/.{43}$/, 'A'.repeat(43))]
  const bodies = new Set<string>()
  for (const one of bad) {
    const page = await open(one)
    expect([one, page.status]).toEqual([one, 410])
    bodies.add(await page.text())
    expect((await post(one, { name: 'Sari', password: PASSWORD })).status).toBe(410)
  }
  expect(bodies.size).toBe(1)
  for (const one of [token, late.token, '', 'x', `${newer} `])
    expect((await accept(one)).body.data.result.code).toBe('INVITATION_INVALID')
  expect((await accept(newer)).body.data.result.__typename).toBe('AcceptInvitationSuccess')
})

test('an e-mail that has an account is joined by its password alone, and a wrong one is throttled as a login', async () => {
  const account = await signUp(app)
  const { url, slug, token } = await invited(account.email)
  expect(await (await open(url)).text()).not.toContain('name="name"')
  expect((await post(url, { password: 'not-the-password' })).status).toBe(403)
  const from = { 'X-Forwarded-For': '203.0.113.77' }
  const guesses = await Promise.all(
    Array.from({ length: 12 }, () => post(url, { password: 'guess-guess' }, from)),
  )
  expect(guesses.map(({ status }) => status)).toContain(429)
  expect(await members(slug)).toEqual([])
  expect((await accept(token, { password: account.password, name: '' })).body.data.result.__typename).toBe(
    'AcceptInvitationSuccess',
  )
  expect(await members(slug)).toMatchObject([{ accountId: account.id, role: 'OWNER' }])
  expect(await app.prisma.account.count({ where: { email: account.email } })).toBe(1)
})

test('what cannot be an account is said, and the link stays good', async () => {
  const { url, slug } = await invited()
  const weak = await post(url, { name: '<b>Sari</b>', password: 'short' })
  expect(weak.status).toBe(400)
  expect(await weak.text()).toContain('value="&lt;b&gt;Sari&lt;/b&gt;"')
  expect((await post(url, { name: '', password: PASSWORD })).status).toBe(400)
  expect((await post(url, {})).status).toBe(400)
  for (const site of ['cross-site', 'same-site'])
    expect((await post(url, { name: 'Sari', password: PASSWORD }, { 'Sec-Fetch-Site': site })).status).toBe(
      403,
    )
  const json = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }
  expect((await fetch(url, json)).status).toBe(415)
  expect(await members(slug)).toEqual([])
  expect((await post(url, { name: 'Sari', password: PASSWORD })).status).toBe(200)
})

test('one network that looks without end is slowed down, and nobody else', async () => {
  const { url } = await invited()
  const from = { 'X-Forwarded-For': '203.0.113.5' }
  const answers = await Promise.all(Array.from({ length: 90 }, () => fetch(url, { headers: from })))
  const slowed = answers.find(({ status }) => status === 429)
  expect(Number(slowed?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await open(url)).status).toBe(200)
})

test('the token is in the mail and nowhere in the database, and the trail names what the operator did', async () => {
  const { token, invitation, slug, url, email } = await invited()
  const mail = invitationMail(app.app.deps, { invitation, token })
  expect(mail).toMatchObject({
    to: email,
    text: expect.stringContaining(url),
    html: expect.stringContaining(url),
  })
  const trail = await app.prisma.auditEntry.findMany({
    where: { organizer: { slug } },
    orderBy: { id: 'asc' },
  })
  expect(trail.map(({ action }) => action)).toEqual(['organizer.create', 'invitation.create'])
  await accept(token)
  const rows = await app.prisma.$queryRaw<{ row: string }[]>`
    SELECT i::text AS row FROM invitation i UNION ALL SELECT a::text FROM audit_entry a UNION ALL SELECT s::text FROM session s`
  const secrets = [token, token.slice(4), Buffer.from(token).toString('hex')]
  for (const { row } of rows) expect(secrets.some((secret) => row.includes(secret))).toBe(false)
  expect(
    await app.prisma.auditEntry.count({ where: { action: 'invitation.accept', organizer: { slug } } }),
  ).toBe(1)
})

test('organizers are listed with owners and open invitations; a slug is one organizer’s, a bad e-mail nobody’s', async () => {
  const { slug, email, token } = await invited()
  const find = async () => (await listOrganizers(app.app.deps)).find((one) => one.slug === slug)
  expect(await find()).toMatchObject({ owners: [], invited: [email] })
  await accept(token)
  await addOwner(app.app.deps, slug, 'kedua@karcis.test')
  expect(await find()).toMatchObject({ owners: [email], invited: ['kedua@karcis.test'] })
  const { deps } = app.app
  const input = { name: 'Lain', slug, ownerEmail: 'lain@karcis.test' }
  await expect(createOrganizer(deps, input)).rejects.toMatchObject({ code: 'SLUG_TAKEN' })
  const refused = { code: 'VALIDATION_FAILED' }
  await expect(createOrganizer(deps, { ...input, slug: 'baru', ownerEmail: 'x' })).rejects.toMatchObject(
    refused,
  )
  await expect(createOrganizer(deps, { ...input, slug: 'Tidak Baik' })).rejects.toMatchObject(refused)
  await expect(addOwner(deps, 'tidak-ada', 'lain@karcis.test')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
