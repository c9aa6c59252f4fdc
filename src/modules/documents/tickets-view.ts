import { showsQr, type TicketedOrder, timesOf } from './queries.ts'

/** All that the tickets of an order show, and no more: the version of a drawing is made of this. */
export interface TicketsView {
  readonly number: string
  /** Of the document: the same order gives the same bytes. */
  readonly date: Date
  readonly title: string
  readonly organizer: string
  readonly place: string
  readonly timeZone: string
  readonly cancelled: boolean
  readonly tickets: readonly TicketView[]
}

export interface TicketView {
  readonly code: string
  /** Null where no gate wants to see it any more. */
  readonly token: string | null
  readonly used: boolean
  readonly category: string
  readonly holder: string
  readonly schedule: string | null
  readonly startsAt: Date
  readonly endsAt: Date
}

/** Where the page leads to. */
export interface TicketPageLinks {
  readonly pdf: string
  readonly calendar: string
}

export const ticketsView = (order: TicketedOrder): TicketsView => ({
  number: order.number,
  date: order.paidAt ?? order.createdAt,
  title: order.event.title,
  organizer: order.event.organizer.name,
  place: [order.event.venue, order.event.city].filter(Boolean).join(', '),
  timeZone: order.event.timeZone,
  cancelled: order.event.status === 'CANCELLED',
  tickets: order.tickets.map((ticket) => {
    const { startsAt, endsAt } = timesOf(order, ticket)
    return {
      code: ticket.code,
      token: showsQr(order, ticket) ? ticket.token : null,
      used: ticket.status === 'USED',
      category: ticket.ticketCategory.name,
      holder: ticket.attendeeName ?? order.buyerName,
      schedule: ticket.schedule?.name ?? null,
      startsAt,
      endsAt,
    }
  }),
})
