import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { lockStock, moveStock, type OrderView } from './queries.ts'

type Line = Pick<
  OrderView['lines'][number],
  'ticketCategoryId' | 'variantId' | 'quantity' | 'restockedQuantity'
>

interface Lines {
  readonly id: string
  readonly lines: readonly Line[]
}

/** Gives the live units of the order's lines back to stock, once: what is given back is noted on each line. */
export async function restock(deps: Pick<Deps, 'clock'>, tx: Tx, order: Lines): Promise<void> {
  const units = (line: Line) => line.quantity - line.restockedQuantity
  const live = order.lines.filter((line) => units(line) > 0)
  if (live.length === 0) return
  await lockStock(tx, itemsOf(live))
  await moveStock(deps, tx, movesOf(live, units))
  await tx.$executeRaw`UPDATE order_line SET restocked_quantity = quantity WHERE order_id = ${order.id}::uuid`
}

/** Takes all of a released order's units again, or none: false when any item has too few. */
export async function retake(deps: Pick<Deps, 'clock'>, tx: Tx, order: Lines): Promise<boolean> {
  const gone = order.lines.filter((line) => line.restockedQuantity > 0)
  const stock = await lockStock(tx, itemsOf(gone))
  const enough = gone.every((line) => {
    const item = line.ticketCategoryId
      ? stock.categories.get(line.ticketCategoryId)
      : stock.variants.get(line.variantId ?? '')
    return item !== undefined && item.remaining >= line.restockedQuantity
  })
  if (!enough) return false
  await moveStock(
    deps,
    tx,
    movesOf(gone, (line) => -line.restockedQuantity),
  )
  await tx.$executeRaw`UPDATE order_line SET restocked_quantity = 0 WHERE order_id = ${order.id}::uuid`
  return true
}

/** Ends a pending order and gives its stock back, in the transaction that locked it. */
export async function releaseOrder(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  order: OrderView,
  status: 'EXPIRED' | 'CANCELLED',
  reason: string | null = null,
): Promise<void> {
  await restock(deps, tx, order)
  await tx.order.update({
    where: { id: order.id },
    data: { status, cancelReason: reason, releasedAt: deps.clock.now() },
  })
}

const present = (ids: (string | null)[]): string[] => [...new Set(ids.filter((id) => id !== null))].sort()

const itemsOf = (lines: readonly Line[]) => ({
  events: [],
  categories: present(lines.map((line) => line.ticketCategoryId)),
  variants: present(lines.map((line) => line.variantId)),
})

function movesOf(lines: readonly Line[], units: (line: Line) => number) {
  const moves = { categories: new Map<string, number>(), variants: new Map<string, number>() }
  for (const line of lines) {
    const id = line.ticketCategoryId ?? line.variantId
    if (!id) continue
    const kind = line.ticketCategoryId ? moves.categories : moves.variants
    kind.set(id, (kind.get(id) ?? 0) + units(line))
  }
  return moves
}
