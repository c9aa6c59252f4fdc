const PATIENCE_MS = 5_000

interface PurgeCall {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Makes one purge call and gives the text of its answer. Throws when the answer is not 2xx or not complete within 5 s.
 * Whoever calls repeats it. What it throws never holds what was sent, for that has the token.
 */
export async function ask(cdn: string, url: string, call: PurgeCall): Promise<string> {
  // Several nodes may be asked at once, and only one of them be ill.
  const whom = `${cdn} at ${URL.parse(url)?.host ?? 'no address'}`
  let answer: Response
  let text: string
  try {
    // A redirect would carry the token to whoever it names.
    answer = await fetch(url, { ...call, redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) })
    text = await answer.text()
  } catch (error) {
    // Not as its cause: undici quotes a header that it refuses.
    throw new Error(`${whom} did not answer a purge: ${reasonOf(error)}`)
  }
  if (!answer.ok) throw new Error(`${whom} answered a purge with ${answer.status}`)
  return text
}

/** A word that says what went wrong, such as ECONNREFUSED or TimeoutError. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause } = error
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name
}

/** The value of a JSON text; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
