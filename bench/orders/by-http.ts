// The buyers of (d) and (e): each keeps one connection, and they are dealt out to the servers in turn.
import { type Connection, open } from '../connection.ts'
import { PERSON, template } from '../requests.ts'
import { serveWork } from '../work.ts'
import { type Asked, buyers, emailOf, type Purchase, type Seen } from './work.ts'

interface AskedOver extends Asked {
  readonly ports: readonly number[]
  readonly documentId: string
}

serveWork(async (asked: AskedOver): Promise<Seen> => {
  const { documentId, ports, items } = asked
  const connections: Connection[] = []
  const templates = Array.from({ length: asked.buyers }, (_, seat) =>
    items.map(({ eventId, categoryId }) =>
      template({
        port: ports[seat % ports.length] ?? 0,
        documentId,
        variables: {
          input: {
            eventId,
            tickets: [{ ticketCategoryId: categoryId, quantity: 1 }],
            buyer: { name: 'Bench', email: emailOf(PERSON) },
          },
          idempotencyKey: `order-${PERSON}`,
        },
      }),
    ),
  )
  const ordinal = new Map(items.map(({ categoryId }, index) => [categoryId, index]))
  for (let seat = 0; seat < asked.buyers; seat += 1) {
    connections.push(await open(ports[seat % ports.length] ?? 0))
  }
  const seen = await buyers(asked, async ({ seat, item, person }: Purchase) => {
    const request = templates[seat]?.[ordinal.get(item.categoryId) ?? 0]?.for(person) ?? ''
    const { status, body } = (await connections[seat]?.exchange(request)) ?? { status: 0, body: '' }
    if (status !== 200 || !body.includes('"number"')) throw new Error(`${status} ${body.toString()}`)
  })
  for (const connection of connections) connection.close()
  return seen
})
