import { nameProblem, readName } from '../../platform/contact.ts'
import { invalid } from '../../platform/errors.ts'
import { parseId } from '../../platform/ids.ts'
import { LimitExceeded } from './errors.ts'

/** What somebody wants, as a client sends it. */
export interface BasketInput {
  readonly eventId?: string | null
  readonly tickets?:
    | readonly { ticketCategoryId: string; quantity: number; attendeeNames?: readonly string[] | null }[]
    | null
  readonly merchandise?: readonly { variantId: string; quantity: number }[] | null
}

/** The demand for one item: all lines of a cart that name it, added up. */
export interface Demand {
  readonly itemId: string
  readonly quantity: number
  readonly attendeeNames: readonly string[]
  /** The first line that names it. */
  readonly path: string[]
}

/** What somebody wants to have together: the items of a cart. */
export interface Basket {
  readonly eventId: string | null
  readonly tickets: readonly Demand[]
  readonly merchandise: readonly Demand[]
}

const MAX_LINES = 100
// No item can allow more, by CHECK constraint; refusing here keeps sums far from the edge of an integer.
const MAX_QUANTITY = 100

/** How many units all its lines have. */
export const unitsIn = ({ tickets, merchandise }: Pick<Basket, 'tickets' | 'merchandise'>): number =>
  [...tickets, ...merchandise].reduce((sum, { quantity }) => sum + quantity, 0)

/** The basket with its demand added up per item. Throws ValidationFailed, LimitExceeded and what nothing can meet. */
export function parseBasket(input: BasketInput): Basket {
  const tickets = input.tickets ?? []
  const merchandise = input.merchandise ?? []
  if (tickets.length + merchandise.length === 0) throw invalid(['input'], 'The cart is empty.')
  if (tickets.length + merchandise.length > MAX_LINES) {
    throw invalid(['input'], `A cart has at most ${MAX_LINES} lines.`)
  }
  const eventId = input.eventId == null ? null : parseId(input.eventId)
  if (input.eventId != null && !eventId) throw invalid(['input', 'eventId'], 'No such event.')
  if (tickets.length > 0 && !eventId) throw invalid(['input', 'eventId'], 'Tickets need the eventId.')
  return {
    eventId,
    tickets: addUp(
      'tickets',
      'ticketCategoryId',
      tickets.map((line) => ({ ...line, id: line.ticketCategoryId })),
    ),
    merchandise: addUp(
      'merchandise',
      'variantId',
      merchandise.map((line) => ({ ...line, id: line.variantId })),
    ),
  }
}

interface Line {
  readonly id: string
  readonly quantity: number
  readonly attendeeNames?: readonly string[] | null
}

function addUp(list: string, idField: string, lines: readonly Line[]): Demand[] {
  const demands = new Map<string, Demand>()
  for (const [index, line] of lines.entries()) {
    const at = (field: string) => ['input', list, String(index), field]
    const itemId = parseId(line.id)
    if (!itemId) throw invalid(at(idField), 'No such item.')
    if (line.quantity < 1) throw invalid(at('quantity'), 'A quantity is at least 1.')
    const names = (line.attendeeNames ?? []).map(readName)
    if (names.length > line.quantity) throw invalid(at('attendeeNames'), 'There are more names than tickets.')
    const problem = names.map(nameProblem).find((one) => one !== null)
    if (problem) throw invalid(at('attendeeNames'), problem)
    const before = demands.get(itemId)
    const quantity = line.quantity + (before?.quantity ?? 0)
    if (quantity > MAX_QUANTITY) throw new LimitExceeded(MAX_QUANTITY, at('quantity'))
    demands.set(itemId, {
      itemId,
      quantity,
      attendeeNames: [...(before?.attendeeNames ?? []), ...names],
      path: before?.path ?? at('quantity'),
    })
  }
  return [...demands.values()]
}

const DEVICE = /^[A-Za-z0-9._:-]{16,128}$/

/** The id that an app gave to its device. Throws ValidationFailed. */
export function parseDevice(id: string | null | undefined): string | null {
  if (id == null) return null
  if (DEVICE.test(id)) return id
  throw invalid(['input', 'deviceId'], 'A device id has 16 to 128 letters, digits or one of . _ : -')
}
