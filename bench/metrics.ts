// What a Karcis process says of itself.
import type { Server } from './children.ts'
import type { Stand } from './stand.ts'

/** The sum of all series of a metric; null when there is none. */
export async function metricOf(
  { metricsToken }: Stand,
  { port }: Server,
  name: string,
): Promise<number | null> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { Authorization: `Bearer ${metricsToken}` },
  })
  const found = [...(await answer.text()).matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))]
  return found.length > 0 ? found.reduce((sum, [, value]) => sum + Number(value), 0) : null
}
