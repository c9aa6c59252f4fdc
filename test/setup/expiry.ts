// The expiry of orders as a job process does it, when a test says so.
import { createExpirySweep } from '../../src/modules/orders/expire-orders.ts'
import type { TestApp } from './app.ts'

export const ORDER_TTL_SECONDS = 900

/** Ends what is due by the app's clock. Knows of no sweep before it. */
export const sweep = ({ app }: Pick<TestApp, 'app'>): Promise<number> => createExpirySweep(app.deps)()

/** Lets every open order's time pass, and ends it. */
export async function expireAll(app: Pick<TestApp, 'app' | 'clock'>): Promise<number> {
  app.clock.advance(ORDER_TTL_SECONDS + 1)
  return sweep(app)
}
