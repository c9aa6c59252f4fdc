// Staff and what they do: accounts with a role, and every mutation of the schema by name.
import { randomUUID } from 'node:crypto'
import { getNamedType, isObjectType, isUnionType } from 'graphql'
import type { Role } from '../../src/platform/caller.ts'
import { schema } from '../../src/schema.ts'
import type { Answer, TestApp } from './app.ts'
import { addOrganizer } from './catalogue.ts'

const PASSWORD = 'a-good-password'

/** A new account with its access token. */
export async function signUp(app: Pick<TestApp, 'call'>, name = 'Sari') {
  const email = `${name.toLowerCase()}-${randomUUID()}@karcis.test`
  const { body } = await app.call('Register', { input: { name, email, password: PASSWORD } })
  const { accessToken, refreshToken, user } = body.data.register
  return {
    id: user.id as string,
    email,
    password: PASSWORD,
    token: accessToken as string,
    refreshToken: refreshToken as string,
  }
}

/** A new account with a role at an organizer, a new one unless told. */
export async function hire(app: TestApp, role: Role, organizerId?: string) {
  const account = await signUp(app, role)
  const organizer = organizerId ?? (await addOrganizer(app)).id
  await app.prisma.member.create({ data: { organizerId: organizer, accountId: account.id, role } })
  return { ...account, organizerId: organizer }
}

const FAILURE = '... on Error { code message path }'
const ISSUES = '... on ValidationError { issues { path message } }'

/** A document for one mutation that shows the id of what it gives, all of a failure, and what `select` adds. */
function documentOf(name: string, select: string): string {
  const field = schema.getMutationType()?.getFields()[name]
  if (!field) throw new Error(`There is no mutation ${name}.`)
  const result = getNamedType(field.type)
  const types = isUnionType(result) ? result.getTypes() : []
  const ids = types
    .filter((type) => isObjectType(type) && 'id' in type.getFields())
    .map((type) => `... on ${type.name} { id }`)
  const issues = types.some((type) => type.name === 'ValidationError') ? ISSUES : ''
  const variables = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ')
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ')
  return `mutation (${variables}) {
    result: ${name}(${args}) { __typename ${ids.join(' ')} ${FAILURE} ${issues} ${select} }
  }`
}

/** Runs one mutation. `args` are its arguments; most take an `input`. */
export const mutate = (
  app: Pick<TestApp, 'query'>,
  name: string,
  args: object,
  token?: string,
  select = '',
): Promise<Answer> => app.query(documentOf(name, select), args, token ? { token } : {})

/** The result of a mutation that a member of staff runs; throws when it is no result at all. */
export async function resultOf(
  app: Pick<TestApp, 'query'>,
  name: string,
  args: object,
  token: string,
  select?: string,
) {
  const { body } = await mutate(app, name, args, token, select)
  if (!body.data) throw new Error(`${name}: ${JSON.stringify(body)}`)
  return body.data.result
}
