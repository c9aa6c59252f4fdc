// node karcis.mjs organizer create --name "Gelora Nusantara" --slug gelora --email owner@gelora.example
// node karcis.mjs organizer --add-owner gelora --email other@gelora.example
// node karcis.mjs organizer --list
import './dot-env.ts'
import { parseArgs } from 'node:util'
import type { Config } from '../src/config/config-of.ts'
import { ConfigError, loadConfig } from '../src/config.ts'
import {
  addOwner,
  createOrganizer,
  type Invited,
  type NewOrganizer,
} from '../src/modules/organizers/create-organizer.ts'
import { invitationMail } from '../src/modules/organizers/invitation-mail.ts'
import { invitationUrl } from '../src/modules/organizers/invitations.ts'
import { listOrganizers } from '../src/modules/organizers/queries.ts'
import { connect } from '../src/parts.ts'
import { systemClock } from '../src/platform/clock.ts'
import type { Deps } from '../src/platform/deps.ts'
import { DomainError } from '../src/platform/errors.ts'
import { createMailer } from '../src/platform/mailer.ts'

const USAGE = `Usage: node karcis.mjs organizer create --name <name> --slug <slug> --email <owner's e-mail>
       node karcis.mjs organizer --add-owner <slug> --email <e-mail>
       node karcis.mjs organizer --list`
const TIMEOUT_MS = 30_000

class UsageError extends Error {}

type Command =
  | { readonly kind: 'create'; readonly input: NewOrganizer }
  | { readonly kind: 'add-owner'; readonly slug: string; readonly email: string }
  | { readonly kind: 'list' }

function commandOf(args: readonly string[]): Command {
  const { values, positionals } = parse(args)
  const { name, slug, email, 'add-owner': organizer, list } = values
  const words = positionals.join(' ')
  if (words === 'create' && name && slug && email && !organizer && !list)
    return { kind: 'create', input: { name, slug, ownerEmail: email } }
  if (words === '' && organizer && email && !name && !slug && !list)
    return { kind: 'add-owner', slug: organizer, email }
  if (words === '' && list && Object.keys(values).length === 1) return { kind: 'list' }
  throw new UsageError(USAGE)
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    name: text,
    slug: text,
    email: text,
    'add-owner': text,
    list: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : ''}\n${USAGE}`)
  }
}

async function run(config: Config, deps: Deps, command: Command): Promise<void> {
  if (command.kind === 'list') return list(deps)
  const invited =
    command.kind === 'create'
      ? await createOrganizer(deps, command.input)
      : await addOwner(deps, command.slug, command.email)
  await tell(config, deps, invited)
}

/** Prints the link, which nothing shows again, before it is mailed: a mail server that is away must not lose it. */
async function tell(config: Config, deps: Deps, invited: Invited): Promise<void> {
  const { email, expiresAt, organizer } = invited.invitation
  console.log(
    `${organizer.name} has an invitation for its owner ${email}, good once until ${expiresAt.toISOString()}:`,
  )
  console.log(invitationUrl(deps, invited.token))
  const mailer = createMailer(config.mail)
  try {
    await mailer.send(invitationMail(deps, invited))
    console.log(`It was mailed to ${email}.`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.error(`It could not be mailed (${reason}). Pass the link on by yourself.`)
  }
}

async function list(deps: Deps): Promise<void> {
  const organizers = await listOrganizers(deps)
  if (organizers.length === 0)
    console.log('There is no organizer yet. Next: node karcis.mjs organizer create')
  for (const { slug, name, owners, invited } of organizers) {
    const open = invited.map((email) => `${email} (invited)`)
    console.log(`${slug}\t${name}\t${[...owners, ...open].join(', ') || 'no owner'}`)
  }
}

async function main(): Promise<void> {
  const command = commandOf(process.argv.slice(2))
  const config = loadConfig({ ...process.env, LOG_LEVEL: process.env.LOG_LEVEL || 'warn' })
  const parts = connect(config, systemClock, TIMEOUT_MS)
  try {
    await run(config, parts.deps, command)
  } finally {
    await parts.close()
  }
}

await main().catch((error: unknown) => {
  const known = error instanceof UsageError || error instanceof ConfigError || error instanceof DomainError
  console.error(known ? error.message : error)
  process.exitCode = 1
})
