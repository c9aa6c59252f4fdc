// How often who may call what. The reasons stand in docs/decisions/0011-rate-limits.md.
import type { Caller } from '../../platform/caller.ts'
import { normalEmail } from '../../platform/email.ts'
import type { Limit } from '../../platform/limiter.ts'
import { NETWORK_WIDTHS } from '../../platform/network.ts'

export interface Who {
  readonly caller: Caller
  /** Of the client's address, narrowest first; see networksOf. */
  readonly networks: readonly [string, ...string[]]
}

type Arguments = Readonly<Record<string, unknown>>

export interface Rule extends Limit {
  /** Shown in headers and metrics. */
  readonly name: string
  /** Fields of Mutation, each call of which counts. */
  readonly fields: readonly string[]
  /** It is a ceiling that need not be exact; see ownFirst. */
  readonly ownFirst?: true
  /** Whose calls are counted together; null: this call does not count. */
  readonly by: (who: Who, args: Arguments) => string | null
}

const network = ({ networks: [narrow] }: Who): string => `network ${narrow}`

/** The account or device; a guest by network alone. */
function caller(who: Who): string {
  if (who.caller.kind === 'account') return `account ${who.caller.accountId}`
  if (who.caller.kind === 'device') return `device ${who.caller.deviceId}`
  return network(who)
}

/**
 * A carrier puts thousands of honest people behind one address, so a guest is told from the others there by what the
 * input names: the buyer's e-mail, the hold or device, or the order. What a guest makes up still counts for `guests`.
 */
function buyer(who: Who, { input, holdId }: Arguments): string {
  if (who.caller.kind !== 'guest') return caller(who)
  const [narrow] = who.networks
  const email = valueAt(valueAt(input, 'buyer'), 'email')
  const orderId = valueAt(input, 'orderId')
  if (typeof email === 'string') return `guest ${narrow} ${normalEmail(email)}`
  const own = holdId ?? valueAt(input, 'deviceId')
  if (typeof own === 'string') return `guest ${narrow} ${own}`
  return typeof orderId === 'string' ? `guest ${narrow} ${orderId.toLowerCase()}` : network(who)
}

/** One account is often signed in on the phones of several gates, each with a session of its own. */
const scanner = (who: Who): string =>
  who.caller.kind === 'account' ? `session ${who.caller.sessionId}` : caller(who)

const account = (who: Who): string | null => (who.caller.kind === 'account' ? caller(who) : null)

const valueAt = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const anybody = (): boolean => true

const isGuest = ({ caller }: Who): boolean => caller.kind === 'guest'

/** A rule for the networks of an address: what it says is of the narrowest, and the wider prefixes of IPv6 may have more. */
const byNetwork = (rule: Omit<Rule, 'by'>, concerns: (who: Who) => boolean): Rule[] =>
  NETWORK_WIDTHS.map(({ suffix, factor }, index) => ({
    ...rule,
    name: `${rule.name}${suffix}`,
    points: rule.points * factor,
    by: (who) => {
      const key = who.networks[index]
      return key === undefined || !concerns(who) ? null : `network ${key}`
    },
  }))

export const rules: readonly Rule[] = [
  // 5 a second, burst 10: no hand is faster, and a script would take stock from people.
  { name: 'orders', fields: ['createOrder'], points: 10, seconds: 2, by: buyer },
  // Each may call the payment provider, who limits us in turn.
  { name: 'payments', fields: ['payOrder'], points: 10, seconds: 2, by: buyer },
  // 50 a second, burst 250, whoever asks: a network makes as many orders and accounts as it likes, and each charge is a call
  // of ours to a provider that limits us. What passes here still takes turns with other networks: call-budget.ts.
  ...byNetwork({ name: 'charges', fields: ['payOrder'], points: 250, seconds: 5, ownFirst: true }, anybody),
  // Taking and giving back stock in turns would keep it from everybody.
  { name: 'cancellations', fields: ['cancelOrder'], points: 10, seconds: 2, by: buyer },
  // 5 a second, burst 50: each ends in a call to the payment provider, and staff refund whole lists.
  {
    name: 'refunds',
    fields: ['refundOrder', 'confirmManualRefund', 'retryRefund'],
    points: 50,
    seconds: 10,
    by: caller,
  },
  // A hold takes stock from people as an order does, and is free.
  {
    name: 'holds',
    fields: ['placeHold', 'extendHold', 'releaseHold'],
    points: 10,
    seconds: 2,
    by: buyer,
  },
  // 200 a second, burst 1000: what made-up e-mails and order ids get at most. Far above any carrier's address.
  ...byNetwork(
    {
      name: 'guests',
      fields: ['createOrder', 'payOrder', 'cancelOrder', 'placeHold', 'extendHold', 'releaseHold'],
      points: 1_000,
      seconds: 5,
      ownFirst: true,
    },
    isGuest,
  ),
  // 5 a second, burst 10: an account has one place, however often it joins.
  { name: 'queue', fields: ['joinWaitingRoom', 'leaveWaitingRoom'], points: 10, seconds: 2, by: account },
  // 20 a second, burst 100: each call of a guest without a token is another place, so this bounds how much of a queue one
  // network can fill: 1,200 places a minute. The people behind a carrier's address still get in before a sale opens.
  ...byNetwork(
    {
      name: 'guest-queue',
      fields: ['joinWaitingRoom', 'leaveWaitingRoom'],
      points: 100,
      seconds: 5,
    },
    isGuest,
  ),
  // 10 a second, burst 50: a password costs tens of milliseconds of CPU to compare. Guesses have a throttle besides.
  ...byNetwork({ name: 'logins', fields: ['login'], points: 50, seconds: 5 }, anybody),
  // 5 a second, burst 25: as dear as a login, and each leaves a row; accounts have limits of their own.
  ...byNetwork({ name: 'registrations', fields: ['register'], points: 25, seconds: 5 }, anybody),
  // 5 a second, burst 25: as dear as a registration to who has a link, and a look-up to who has none.
  ...byNetwork({ name: 'invitations', fields: ['acceptInvitation'], points: 25, seconds: 5 }, anybody),
  // 20 a second, burst 100: cheap, and every open page of a shared address does it.
  ...byNetwork({ name: 'sessions', fields: ['refreshSession'], points: 100, seconds: 5 }, anybody),
  // 20 a second, burst 100: no gate is faster, and one that was offline sends at once what has piled up.
  { name: 'check-ins', fields: ['checkIn', 'handOverPickup'], points: 100, seconds: 5, by: scanner },
]

const DOCUMENTS = { name: 'documents', fields: [], points: 200, seconds: 10 }

/** Of each document that is not persisted, whatever it asks: it is parsed and validated. 20 a second, burst 200. */
export const adHocRules: readonly Rule[] = [
  { ...DOCUMENTS, by: caller },
  // What the first does not count already.
  ...byNetwork(DOCUMENTS, isGuest).slice(1),
]
