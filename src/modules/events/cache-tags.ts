import type { CacheTags } from '../../platform/cache-hint.ts'
import type { Deps } from '../../platform/deps.ts'
import type { Tx } from '../../platform/prisma.ts'
import { changed } from '../../platform/public-changes.ts'

/** On every list of events. */
export const EVENTS = 'events'

/** What is left of what the event sells, its merchandise included. */
export const stockTag = (eventId: string): string => `stock-${eventId}`

export const eventTags: CacheTags = { one: (id) => `event-${id}`, all: EVENTS, stock: stockTag }

/** The answers that are old once the public sees an event otherwise. */
export const tagsOfEvent = (id: string): string[] => [EVENTS, eventTags.one(id), stockTag(id)]

/** Notes in the transaction of a change that answers with this event are old. Nobody has any of a draft. */
export async function eventChanged(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  event: { readonly id: string; readonly status: string },
): Promise<void> {
  if (event.status !== 'DRAFT') await changed(deps, tx, tagsOfEvent(event.id))
}
