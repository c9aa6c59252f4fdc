/**
 * What buyers have of things that are limited. An order counts for whoever shares an identity with it, and once, however
 * many they share.
 */
export class BuyerCounts {
  readonly #orders = new Map<string, Map<string, number>>()

  add(identities: readonly string[], orderId: string, thing: string, units: number): void {
    for (const identity of identities) {
      const name = `${identity}\n${thing}`
      const orders = this.#orders.get(name) ?? new Map<string, number>()
      orders.set(orderId, (orders.get(orderId) ?? 0) + units)
      this.#orders.set(name, orders)
    }
  }

  /** Units of a thing in all orders that share one of these identities. */
  of(identities: readonly string[], thing: string): number {
    const orders = new Map<string, number>()
    for (const identity of identities) {
      for (const [orderId, units] of this.#orders.get(`${identity}\n${thing}`) ?? [])
        orders.set(orderId, units)
    }
    return [...orders.values()].reduce((sum, units) => sum + units, 0)
  }
}
