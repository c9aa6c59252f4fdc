// JSON that keeps bigint and Date, for answers that are stored and given again as they were.

export function encodeSnapshot(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, converted) {
    // Date.toJSON has already run on `converted`, so look at the holder's own value.
    const original = this[key]
    if (typeof original === 'bigint') return { $bigint: original.toString() }
    if (original instanceof Date) return { $date: original.toISOString() }
    return converted
  })
}

export function decodeSnapshot<T>(stored: unknown): T {
  return revive(stored) as T
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  if ('$bigint' in value && typeof value.$bigint === 'string') return BigInt(value.$bigint)
  if ('$date' in value && typeof value.$date === 'string') return new Date(value.$date)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]))
}
