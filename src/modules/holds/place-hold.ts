import type { Caller } from '../../platform/caller.ts'
import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { DomainError, invalid } from '../../platform/errors.ts'
import { type Admission, checkAdmission } from '../waiting-room/admission-token.ts'
import { AdmissionRequired } from '../waiting-room/errors.ts'
import { type Basket, type BasketInput, type Demand, parseBasket, parseDevice } from './basket.ts'
import { type Chosen, choose } from './choose.ts'
import { LimitExceeded } from './errors.ts'
import { holdClaim, holdIdOf, ownerOf } from './hold-buyer.ts'
import type { HoldAnswer, HoldBody, HoldStore } from './hold-store.ts'
import { type StockTexts, stockColumns, stockOf, stockWanted } from './stock-rows.ts'

export type HoldDeps = Deps & { readonly holds: HoldStore }

export interface PlaceHoldInput extends BasketInput {
  readonly eventId: string
  readonly admissionToken?: string | null
  readonly deviceId?: string | null
}

/** Holds all that is asked for, or nothing. Locks no row: what was sold meanwhile is found out by the order. */
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
    const now = deps.clock.now()
    const [texts] = await deps.prisma.$queryRaw<StockTexts[]>`
      SELECT ${stockColumns(stockWanted([basket]), 'as it is')}`
    const chosen = choose(stockOf(texts ?? { events: null, categories: null, variants: null }), basket, now)
    const { event } = chosen
    if (!event) throw invalid(['input', 'eventId'], 'No such event.')
    const wanted = [...chosen.tickets, ...chosen.merchandise]
    for (const { demand, item } of wanted) {
      if (item.maxPerBuyer !== null && demand.quantity > item.maxPerBuyer)
        throw new LimitExceeded(item.maxPerBuyer, demand.path, 'PER_BUYER')
    }
    const admission = checkAdmission(deps, event.id, caller, input.admissionToken)
    await requireAdmission(deps, chosen, admission)
    return deps.holds.place(
      claim,
      holdIdOf(deps.settings, claim),
      bodyOf(caller, event.id, basket, deviceId, admission),
      addSeconds(now, deps.settings.holdTtlSeconds),
      new Map(wanted.map(({ item }) => [item.id, item.remaining])),
    )
  })

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
  eventId: string,
  { tickets, merchandise }: Basket,
  deviceId: string | null,
  admission: Admission | null,
): HoldBody {
  const owner = ownerOf(caller)
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
