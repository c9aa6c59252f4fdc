// (c) Karcis' command in a process of its own, without HTTP and GraphQL.
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createOrder } from '../../src/modules/orders/create-order.ts'
import { guest } from '../../src/platform/caller.ts'
import { networkOf } from '../requests.ts'
import { serveWork } from '../work.ts'
import { type Asked, buyers, emailOf, type Purchase, type Seen } from './work.ts'

const { deps } = await createApp(loadConfig())

async function retriesSoFar(): Promise<number> {
  const { values } = await deps.metrics.transactionRetries.get()
  return values.reduce((sum, { value }) => sum + value, 0)
}

async function place({ item, person }: Purchase): Promise<void> {
  await createOrder(
    deps,
    guest,
    {
      eventId: item.eventId,
      tickets: [{ ticketCategoryId: item.categoryId, quantity: 1 }],
      buyer: { name: 'Bench', email: emailOf(person) },
    },
    `order-${person}`,
    networkOf(person),
  )
}

serveWork(async (asked: Asked): Promise<Seen & { retries: number }> => {
  const before = await retriesSoFar()
  const seen = await buyers(asked, place)
  return { ...seen, retries: (await retriesSoFar()) - before }
})
