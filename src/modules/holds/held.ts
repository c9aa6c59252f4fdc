import type { Admission } from '../waiting-room/admission-token.ts'

/** Units by item. */
export type HeldUnits = ReadonlyMap<string, number>

/** The hold that an order uses up. */
export interface OrderHold {
  readonly id: string
  readonly units: HeldUnits
  /** What let its buyer into the sale. */
  readonly admission: Admission | null
}

/** A batch of orders. */
export interface BeginningBatch {
  readonly id: string
  readonly items: readonly string[]
  /** What it may take, by the field where that is counted. */
  readonly mayTake: HeldUnits
}

export interface EndedBatch {
  readonly id: string
  /** The holds that it used up. */
  readonly used: readonly string[]
  /** What it sold, by item. */
  readonly sold: HeldUnits
}

/** How many of an item one buyer may have now. */
export type Free = (item: { readonly id: string; readonly remaining: number }) => number

/** What is held while a batch of orders is decided. It falls as orders use up holds. */
export class Held {
  readonly #units: Map<string, number>

  constructor(units: HeldUnits) {
    this.#units = new Map(units)
  }

  /**
   * What others hold is not for sale. What the buyer's own hold covers is, whatever the figures say: they lag behind
   * orders of other processes.
   */
  freeFor(hold: OrderHold | null): Free {
    return ({ id, remaining }) => {
      const own = hold?.units.get(id) ?? 0
      const others = Math.max(0, (this.#units.get(id) ?? 0) - own)
      return Math.max(remaining - others, Math.min(remaining, own))
    }
  }

  used(hold: OrderHold | null): void {
    for (const [item, units] of hold?.units ?? [])
      this.#units.set(item, Math.max(0, (this.#units.get(item) ?? 0) - units))
  }
}
