import { parseId } from '../../platform/ids.ts'
import { type Given, InputCheck } from '../organizers/input-check.ts'

/** What staff write of a gate. Absent: unchanged. */
export interface GateFields {
  readonly name?: Given<string>
  readonly ticketCategoryIds?: Given<readonly string[]>
}

export interface GateValues {
  readonly name: string
  /** In id order, so that the same set compares equal. */
  readonly ticketCategoryIds: readonly string[]
}

/**
 * The gate as it would be stored. `categories` are those of its event. Throws ValidationFailed with everything that is
 * wrong.
 */
export function readGate(
  input: GateFields,
  current: GateValues,
  categories: readonly { readonly id: string }[],
): GateValues {
  const check = new InputCheck()
  const known = new Set(categories.map(({ id }) => id))
  const values: GateValues = {
    name: check.required('name', input.name, current.name, (value) => check.line('name', value, 100)),
    ticketCategoryIds: check.required(
      'ticketCategoryIds',
      input.ticketCategoryIds,
      current.ticketCategoryIds,
      (ids) => {
        const parsed = ids.map((given, index) => {
          const id = parseId(given)
          if (id && known.has(id)) return id
          check.refuse(['ticketCategoryIds', String(index)], 'The event has no such ticket category.')
          return given
        })
        return [...new Set(parsed)].sort()
      },
    ),
  }
  check.done()
  return values
}
