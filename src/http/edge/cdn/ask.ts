const PATIENCE_MS = 5_000

/** The JSON or text of a purge call. Throws when it is not answered in time or not with 2xx; never says what was sent. */
export async function ask(
  cdn: string,
  url: string,
  request: { method: string; headers: Record<string, string>; body?: string },
): Promise<string> {
  const answer = await fetch(url, {
    ...request,
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: unknown) => {
    throw new Error(`${cdn} did not answer a purge: ${error instanceof Error ? error.name : 'unknown'}`)
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${cdn} answered a purge with ${answer.status}`)
  return text
}

/** Pieces of at most `size`. */
export const inPieces = (tags: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(tags.length / size) }, (_, n) => tags.slice(n * size, (n + 1) * size))
