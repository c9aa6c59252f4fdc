// A catalogue shows the same moments in answer after answer, and writing one takes longer than looking it up.
const MAX_REMEMBERED = 5_000
const texts = new Map<number, string>()

/** RFC 3339 in UTC with milliseconds. Throws RangeError for a date that is none. */
export function isoTime(date: Date): string {
  const time = date.getTime()
  const known = texts.get(time)
  if (known !== undefined) return known
  const text = date.toISOString()
  if (texts.size >= MAX_REMEMBERED) texts.clear()
  texts.set(time, text)
  return text
}
