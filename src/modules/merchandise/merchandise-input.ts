import type { Merchandise } from '../../generated/prisma/client.ts'
import { parseId } from '../../platform/ids.ts'
import type { Tx } from '../../platform/prisma.ts'
import { type Given, InputCheck } from '../organizers/input-check.ts'

/** What staff write of an item. Absent: unchanged; null: cleared, where that is possible. */
export interface MerchandiseFields {
  readonly eventId?: Given<string>
  readonly slug?: Given<string>
  readonly name?: Given<string>
  readonly description?: Given<string>
  readonly categories?: Given<readonly string[]>
  readonly tags?: Given<readonly string[]>
  readonly imageUrls?: Given<readonly string[]>
}

export type MerchandiseValues = Pick<Merchandise, keyof MerchandiseFields>

const MAX_IMAGES = 20

/** What a new item starts from; the schema requires the fields that have no good default. */
export const blankMerchandise: MerchandiseValues = {
  eventId: null,
  slug: '',
  name: '',
  description: '',
  categories: [],
  tags: [],
  imageUrls: [],
}

/**
 * The item as it would be stored. `ownEvent` is the event that the input names when it is one of the organizer's. Throws
 * ValidationFailed with everything that is wrong.
 */
export function readMerchandise(
  input: MerchandiseFields,
  current: MerchandiseValues,
  ownEvent: string | null,
): MerchandiseValues {
  const check = new InputCheck()
  const values: MerchandiseValues = {
    eventId: check.optional(input.eventId, current.eventId, (value: string) => {
      if (!ownEvent) check.refuse('eventId', 'The organizer has no such event.')
      return ownEvent ?? value
    }),
    slug: check.required('slug', input.slug, current.slug, (value) => check.slug('slug', value)),
    name: check.required('name', input.name, current.name, (value) => check.line('name', value, 200)),
    description: check.required('description', input.description, current.description, (value) =>
      check.text('description', value, 20_000),
    ),
    categories: check.required('categories', input.categories, current.categories, (values) =>
      check.labels('categories', values),
    ),
    tags: check.required('tags', input.tags, current.tags, (values) => check.tags('tags', values)),
    imageUrls: check.required('imageUrls', input.imageUrls, current.imageUrls, (values) => {
      if (values.length > MAX_IMAGES) check.refuse('imageUrls', `Give at most ${MAX_IMAGES}.`)
      return values.slice(0, MAX_IMAGES).map((value, index) => check.url(['imageUrls', String(index)], value))
    }),
  }
  check.done()
  return values
}

/** The id of the event that the input names, if it is the organizer's; null otherwise. */
export async function ownEventOf(
  tx: Tx,
  organizerId: string,
  eventId: Given<string>,
): Promise<string | null> {
  const id = parseId(eventId)
  if (!id) return null
  const event = await tx.event.findUnique({ where: { id, organizerId }, select: { id: true } })
  return event?.id ?? null
}
