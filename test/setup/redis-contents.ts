// All that stands in a Redis, for tests that say what must not.
import { Redis } from 'ioredis'

export async function keysIn(client: Redis, match = '*'): Promise<string[]> {
  const keys: string[] = []
  for await (const page of client.scanStream({ match, count: 1_000 })) keys.push(...page)
  return keys.sort()
}

/** Every key and every value, as text. */
export async function contentsOf(client: Redis): Promise<string> {
  const texts: string[] = []
  for (const key of await keysIn(client)) {
    const read: Readonly<Record<string, () => Promise<unknown>>> = {
      string: () => client.get(key),
      hash: () => client.hgetall(key),
      list: () => client.lrange(key, 0, -1),
      set: () => client.smembers(key),
      zset: () => client.zrange(key, 0, -1),
      stream: () => client.xrange(key, '-', '+'),
      // It has gone meanwhile.
      none: async () => null,
    }
    const type = await client.type(key)
    const value = await read[type]?.()
    if (value === undefined) throw new Error(`Nobody said how a ${type} is read.`)
    texts.push(`${key} ${JSON.stringify(value)}`)
  }
  return texts.join('\n')
}

/**
 * From now on the store of answers takes every question for one that was asked before, and keeps its answer: for tests that are
 * not about which answers are worth it.
 */
export async function everythingWasAsked({
  environment,
}: {
  readonly environment: Readonly<Record<string, string>>
}): Promise<void> {
  const client = new Redis(environment['REDIS_CACHE_URL'] || environment['REDIS_URL'] || '')
  try {
    await client.set('karcis:{answers-0}:asked', Buffer.alloc(524_288, 0xff), 'EX', 3_600)
  } finally {
    client.disconnect()
  }
}
