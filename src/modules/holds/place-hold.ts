import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from '../../platform/caller.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { DomainError, invalid } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { type Admission, checkAdmission } from '../waiting-room/admission-token.ts'
import { AdmissionRequired } from '../waiting-room/errors.ts'
import { type Basket, type BasketInput, type Demand, parseBasket, parseDevice, unitsIn } from './basket.ts'
import { type Chosen, choose } from './choose.ts'
import { LimitExceeded } from './errors.ts'
import type { HeldUnits } from './held.ts'
import { holdClaim, holdIdOf, ownerOf } from './hold-buyer.ts'
import type { HoldAnswer, HoldBody, HoldStore } from './hold-store.ts'
import type { NetworkCap, OpenUnits } from './open-units.ts'
import { type StockTexts, stockColumns, stockOf, stockWanted } from './stock-rows.ts'

export type HoldDeps = Deps & { readonly holds: HoldStore; readonly openUnits: OpenUnits }

export interface PlaceHoldInput extends BasketInput {
  readonly eventId: string
  readonly admissionToken?: string | null
  readonly deviceId?: string | null
}

// Orders under way are written in some milliseconds.
const TRIES = 4
const PAUSE_MS = 30

/** Holds all that is asked for, or nothing. Locks no row: orders under way tell what they may take. */
export const placeHold = (
  deps: HoldDeps,
  caller: Caller,
  input: PlaceHoldInput,
  idempotencyKey: string,
  clientIp: string,
): Promise<HoldAnswer> =>
  counted(deps, 'placed', async () => {
    const deviceId = parseDevice(input.deviceId)
    const claim = holdClaim(caller, deviceId ?? clientIp, 'placeHold', idempotencyKey, input)
    const basket = parseBasket(input)
    const id = holdIdOf(deps.settings, claim)
    for (let tries = 1; ; tries++) {
      // Before the rules: what was held stays the answer of its key, whatever has become of the sale.
      const asked = await deps.holds.ask(claim, id, itemsOf(basket))
      if ('hold' in asked) return asked
      const admission = checkAdmission(deps, parseId(input.eventId), caller, input.admissionToken)
      const left = await leftOf(deps, basket, admission)
      const caps = await deps.openUnits.capsOf(basket.eventId, clientIp, unitsIn(basket))
      const wanted = {
        id,
        body: bodyOf(caller, basket, deviceId, admission, caps),
        expiresAt: addSeconds(deps.clock.now(), deps.settings.holdTtlSeconds),
        clientIp,
        left,
        sold: asked.sold,
      }
      const placed = await deps.holds.place(claim, wanted).catch((error: unknown) => {
        if (error instanceof LimitExceeded) deps.openUnits.refresh(caps)
        throw error
      })
      if ('hold' in placed) return placed
      if (tries === TRIES) throw placed.unsure
      await sleep(Math.random() * PAUSE_MS)
    }
  })

const itemsOf = ({ tickets, merchandise }: Basket): string[] =>
  [...tickets, ...merchandise].map(({ itemId }) => itemId)

/** What the database has of what may be held. Throws what an order would be refused for. */
async function leftOf(deps: Deps, basket: Basket, admission: Admission | null): Promise<HeldUnits> {
  const [texts] = await deps.prisma.$queryRaw<StockTexts[]>`
    SELECT ${stockColumns(stockWanted([basket]), 'as it is')}`
  const stock = stockOf(texts ?? { events: null, categories: null, variants: null })
  const chosen = choose(stock, basket, deps.clock.now())
  if (!chosen.event) throw invalid(['input', 'eventId'], 'No such event.')
  const wanted = [...chosen.tickets, ...chosen.merchandise]
  for (const { demand, item } of wanted) {
    if (item.maxPerBuyer !== null && demand.quantity > item.maxPerBuyer)
      throw new LimitExceeded(item.maxPerBuyer, demand.path, 'PER_BUYER')
  }
  await requireAdmission(deps, chosen, admission)
  return new Map(wanted.map(({ item }) => [item.id, item.remaining]))
}

/** An admission is good for one order, so nothing is held with one that has placed it. */
async function requireAdmission(
  { prisma }: Deps,
  { event, tickets }: Chosen,
  admission: Admission | null,
): Promise<void> {
  if (!event || event.waitingRoomRate === null || tickets.length === 0) return
  if (!admission) throw new AdmissionRequired()
  const [used] = await prisma.$queryRaw<
    unknown[]
  >`SELECT 1 FROM "order" WHERE admission_id = ${admission.id}::uuid`
  if (used) throw new AdmissionRequired()
}

function bodyOf(
  caller: Caller,
  { eventId: event, tickets, merchandise }: Basket,
  deviceId: string | null,
  admission: Admission | null,
  caps: readonly NetworkCap[],
): HoldBody {
  const owner = ownerOf(caller)
  const eventId = event ?? ''
  const who = owner || (deviceId && `device ${deviceId}`)
  const line = ({ itemId, quantity }: Demand) => ({ itemId, quantity })
  return {
    eventId,
    owner,
    slots: [...(who ? [`${eventId} ${who}`] : []), ...(admission ? [`admission ${admission.id}`] : [])],
    units: Object.fromEntries([...tickets, ...merchandise].map(({ itemId, quantity }) => [itemId, quantity])),
    tickets: tickets.map(line),
    merchandise: merchandise.map(line),
    admission: admission && {
      id: admission.id,
      kind: admission.member.kind,
      member: admission.member.id.toString('hex'),
    },
    open: caps.map(({ key, cap }) => [key, cap] as const),
  }
}

/** Counts what became of a call. */
export async function counted<T extends HoldAnswer>(
  { metrics }: Deps,
  done: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const answer = await work()
    metrics.holds.inc({ outcome: answer.replayed ? 'replayed' : done })
    return answer
  } catch (error) {
    metrics.holds.inc({ outcome: error instanceof DomainError ? error.code.toLowerCase() : 'failed' })
    throw error
  }
}
