import { addSeconds } from '../../platform/clock.ts'
import type { Deps } from '../../platform/deps.ts'
import { type DocumentKind, documentToken } from './document-token.ts'

const DAY_SECONDS = 86_400

interface LinkedOrder {
  readonly id: string
  readonly eventId: string | null
  readonly paidAt: Date | null
  readonly totalMinor: bigint
}

interface LinkedEvent {
  readonly endsAt: Date
  readonly schedules: readonly { readonly endsAt: Date }[]
  /** Of this order. */
  readonly tickets: readonly unknown[]
}

/** Addresses of what a paid order has; null for what it has not. */
export interface DocumentLinks {
  readonly ticketPage: string | null
  readonly ticketsPdf: string | null
  readonly invoicePdf: string | null
  readonly calendar: string | null
  readonly expiresAt: Date
}

/**
 * Signed links to an order's documents; null until it is paid. They last as long as the setting says, and in any case until
 * a day after the event: a link in a mail that was sent months before must still open at the gate.
 */
export async function documentLinks(
  deps: Pick<Deps, 'settings' | 'clock' | 'prisma'>,
  order: LinkedOrder,
): Promise<DocumentLinks | null> {
  if (!order.paidAt) return null
  const event = order.eventId
    ? await deps.prisma.event.findUnique({
        where: { id: order.eventId },
        select: {
          endsAt: true,
          schedules: { select: { endsAt: true } },
          tickets: { where: { orderId: order.id }, select: { id: true }, take: 1 },
        },
      })
    : null
  return linksOf(deps, order, event)
}

/** The same, for who has read the event. */
export function linksOf(
  deps: Pick<Deps, 'settings' | 'clock'>,
  order: LinkedOrder,
  event: LinkedEvent | null,
): DocumentLinks | null {
  if (!order.paidAt) return null
  const ends = event ? [event, ...event.schedules].map(({ endsAt }) => addSeconds(endsAt, DAY_SECONDS)) : []
  const times = [addSeconds(deps.clock.now(), deps.settings.documentLinkTtlSeconds), ...ends]
  const latest = Math.max(...times.map((time) => time.getTime()))
  // A token holds whole seconds.
  const expiresAt = new Date(Math.floor(latest / 1_000) * 1_000)
  const link = (kind: DocumentKind) => documentUrl(deps, kind, order.id, expiresAt)
  const admits = (event?.tickets.length ?? 0) > 0
  return {
    ticketPage: admits ? link('tickets') : null,
    ticketsPdf: admits ? link('tickets-pdf') : null,
    invoicePdf: order.totalMinor > 0n ? link('invoice') : null,
    calendar: admits ? link('calendar') : null,
    expiresAt,
  }
}

export const documentUrl = (
  { settings }: Pick<Deps, 'settings'>,
  kind: DocumentKind,
  orderId: string,
  expiresAt: Date,
): string =>
  `${settings.publicUrl}/documents/${kind}/${documentToken(settings.documentLinkSecret, kind, orderId, expiresAt)}`
