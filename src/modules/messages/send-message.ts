import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { addSeconds } from '../../platform/clock.ts'
import { MailRefused } from '../../platform/mailer.ts'
import { enqueue } from '../../platform/outbox.ts'
import type { Prisma } from '../../platform/prisma.ts'
import { serializable } from '../../platform/serializable.ts'
import { SEND_UNPAID_MESSAGE } from './causes.ts'
import type { MessageDeps, SentFor } from './channels.ts'
import { changedRows } from './letters/changed-rows.ts'
import { sayIn } from './letters/words.ts'
import { write } from './letters/write.ts'
import { type Facts, factsOf } from './queries.ts'
import { WhatsAppRefused, WhatsAppUnclear } from './whatsapp.ts'
import { whatsappText } from './whatsapp-templates.ts'

type Message = Prisma.MessageGetPayload<object>

const FIRST_PAUSE_SECONDS = 15
const LONGEST_PAUSE_SECONDS = 900
// A mail server that is away longer is somebody's work, and what a mail says is old by then.
const GIVE_UP_SECONDS = 3 * 86_400
const RECORD_TRIES = 5
const SPREAD_SECONDS = 1_800

/**
 * Sends a queued message and records it. A failure that may pass is tried again later, by a job of its own; so this throws
 * only when the database is away. Called again after a crash, it sends an e-mail again only if nothing recorded the first,
 * and under the same Message-ID; a WhatsApp that may be out it does not send again. docs/decisions/0025.
 */
export async function sendMessage(deps: MessageDeps, id: string, sentFor: SentFor): Promise<void> {
  const message = await take(deps, id, sentFor)
  if (!message) return
  let providerId: string | null
  try {
    const facts = newsIn(await factsOf(deps, message))
    const refused = facts && (await beyondLimits(deps, message, facts, sentFor))
    if (refused && message.cause === 'ORDER_PAID') return await postpone(deps, message, refused, sentFor)
    providerId = facts && !refused ? await deliver(deps, message, facts) : null
  } catch (error) {
    await failed(deps, message, error, sentFor)
    return
  }
  const state = providerId === null ? 'DROPPED' : 'SENT'
  const sentAt = providerId === null ? null : deps.clock.now()
  await record(deps, message, { state, sentAt, providerId: providerId?.slice(0, 500) ?? null, error: null })
}

/** The message, now ours for a while; null when it is done or somebody else's. */
async function take(deps: MessageDeps, id: string, sentFor: SentFor): Promise<Message | null> {
  const now = deps.clock.now()
  // The Cloud API knows no key by which it could tell a second copy.
  const unrecorded = { leasedUntil: { lte: now }, channel: { not: 'WHATSAPP' } } as const
  const [taken] = await deps.prisma.message.updateManyAndReturn({
    where: { id, state: 'QUEUED', OR: [{ leasedUntil: null }, unrecorded] },
    data: { attempts: { increment: 1 }, leasedUntil: addSeconds(now, deps.leaseSeconds) },
  })
  if (taken) return taken
  const other = await deps.prisma.message.findUnique({ where: { id } })
  if (other?.state !== 'QUEUED') return null
  const { channel, leasedUntil } = other
  if (channel === 'WHATSAPP' && leasedUntil && leasedUntil <= now)
    await giveUp(deps, other, 'whoever sent it died before it was recorded')
  // Whoever has it may die with it. Then nobody else would look after it: this job ends here.
  else await sendLater(deps, deps.prisma, id, leasedUntil ?? now, sentFor)
  return null
}

/** What the server that took it said; null when there is no such channel any more. */
async function deliver(deps: MessageDeps, message: Message, facts: Facts): Promise<string | null> {
  if (message.channel === 'WHATSAPP') {
    if (!deps.whatsapp) return null
    return deps.whatsapp.send(whatsappText(message.cause, facts))
  }
  const documents = await deps.documentsFor(message.cause, message.orderId)
  const letter = await write(message.cause, facts, documents, deps.drawing)
  return deps.mailer.send({
    ...letter,
    id: message.id,
    date: message.createdAt,
    to: facts.order.buyerEmail,
    brand: facts.order.organizer.name,
    attachments: [...letter.attachments, ...documents.attachments],
  })
}

/**
 * After how many seconds there is room again, where an address or a network has had its share of what nobody has paid for;
 * null where it has not. Counted once a message, not again when it is tried again.
 */
async function beyondLimits(
  deps: MessageDeps,
  { cause, channel, attempts, id }: Message,
  { order }: Facts,
  { retryKind, network }: SentFor,
): Promise<number | null> {
  if (retryKind !== SEND_UNPAID_MESSAGE || attempts > 1) return null
  const address = channel === 'EMAIL' ? (order.buyerEmailKey ?? order.buyerEmail) : order.buyerPhoneKey
  const counts = await Promise.all([
    deps.unpaidLimit.take(`${channel}:${address}`),
    ...(network ? [deps.unpaidNetworkLimit.take(`${channel}:${network}`)] : []),
  ])
  const refused = counts.filter(({ allowed }) => !allowed)
  if (refused.length === 0) return null
  deps.log.warn(
    { messageId: id, cause },
    'too many messages about unpaid orders to one address or of one network',
  )
  return Math.max(...refused.map(({ resetSeconds }) => resetSeconds))
}

/**
 * Tickets that cost nothing wait until there is room again; how to pay and what was not paid is old by then. For as long as
 * anything is tried: who has them sent by the thousand has most of them dropped.
 */
async function postpone(
  deps: MessageDeps,
  message: Message,
  seconds: number,
  sentFor: SentFor,
): Promise<void> {
  const now = deps.clock.now()
  if (now >= addSeconds(message.createdAt, GIVE_UP_SECONDS))
    return record(deps, message, {
      state: 'DROPPED',
      error: 'too many messages to one address or of one network',
    })
  deps.metrics.messages.inc({ cause: message.cause, channel: message.channel, outcome: 'postponed' })
  // Not all at once when the hour begins: then they would fill it before anybody else comes.
  const dueAt = addSeconds(now, seconds + randomInt(SPREAD_SECONDS))
  await serializable(deps, 'postponeMessage', async (tx) => {
    await tx.message.updateMany({
      where: { id: message.id, state: 'QUEUED' },
      // It was not tried, so it is counted when it is.
      data: { leasedUntil: null, attempts: 0 },
    })
    await sendLater(deps, tx, message.id, dueAt, sentFor)
  })
}

async function failed(deps: MessageDeps, message: Message, error: unknown, sentFor: SentFor): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error)
  const now = deps.clock.now()
  const isFinal =
    error instanceof MailRefused ||
    error instanceof WhatsAppRefused ||
    error instanceof WhatsAppUnclear ||
    now >= addSeconds(message.createdAt, GIVE_UP_SECONDS)
  if (isFinal) return giveUp(deps, message, reason)
  const pause = Math.min(FIRST_PAUSE_SECONDS * 2 ** (message.attempts - 1), LONGEST_PAUSE_SECONDS)
  deps.metrics.messages.inc({ cause: message.cause, channel: message.channel, outcome: 'postponed' })
  deps.log.warn(
    { messageId: message.id, channel: message.channel, attempt: message.attempts, reason },
    'a message could not be sent and will be tried again',
  )
  await serializable(deps, 'postponeMessage', async (tx) => {
    await tx.message.updateMany({
      where: { id: message.id, state: 'QUEUED' },
      data: { leasedUntil: null, error: short(reason) },
    })
    await sendLater(deps, tx, message.id, addSeconds(now, pause), sentFor)
  })
}

async function giveUp(deps: MessageDeps, message: Message, reason: string): Promise<void> {
  deps.log.error(
    { messageId: message.id, orderId: message.orderId, cause: message.cause, reason },
    'a buyer could not be told',
  )
  await record(deps, message, { state: 'FAILED', error: short(reason) })
}

/** Tries for some seconds: between a server's yes and this row stands all that could make a second mail. */
async function record(
  deps: MessageDeps,
  { id, cause, channel }: Message,
  data: Prisma.MessageUpdateManyMutationInput & { state: 'SENT' | 'FAILED' | 'DROPPED' },
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await deps.prisma.message.updateMany({
        where: { id, state: 'QUEUED' },
        data: { ...data, leasedUntil: null },
      })
      break
    } catch (error) {
      if (tries >= RECORD_TRIES) throw error
      await sleep(100 * 2 ** tries)
    }
  }
  deps.metrics.messages.inc({ cause, channel, outcome: data.state.toLowerCase() })
}

const sendLater = (
  deps: MessageDeps,
  tx: Parameters<typeof enqueue>[1],
  messageId: string,
  dueAt: Date,
  { retryKind, fairnessBucket, network }: SentFor,
) => {
  const payload = network ? { messageId, network } : { messageId }
  return enqueue(deps, tx, [{ kind: retryKind, payload, dueAt, fairnessBucket }])
}

/** Null for a change that was undone, or is none in words. */
const newsIn = (facts: Facts | null): Facts | null =>
  facts?.change && changedRows(facts, sayIn(facts.order.locale)).length === 0 ? null : facts

const short = (reason: string): string => reason.replaceAll('\0', '').slice(0, 500)
