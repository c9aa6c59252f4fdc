interface Waiting<Asked, Answer> {
  readonly asked: Asked
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs together what is asked in one turn of the event loop, at most so many at once: a way there and back costs more than
 * what it fetches. `run` answers in the order in which it was asked; what it throws is for all of them.
 */
export function together<Asked, Answer>(
  most: number,
  run: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
): (asked: Asked) => Promise<Answer> {
  let open: Waiting<Asked, Answer>[] = []

  async function close(waiting: readonly Waiting<Asked, Answer>[]): Promise<void> {
    if (open === waiting) open = []
    try {
      const answers = await run(waiting.map(({ asked }) => asked))
      waiting.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer)
      })
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      if (open.length >= most) open = []
      open.push({ asked, resolve, reject })
      if (open.length === 1) setImmediate(close, open)
    })
}
