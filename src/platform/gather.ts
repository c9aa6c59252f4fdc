interface Waiting<Asked, Answer> {
  readonly asked: Asked
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs one batch at a time, of `most` at most: what is asked while one is under way goes together into the next. So a busy
 * process sends few statements for many rows, and a quiet one waits for nothing. What is asked in one go, with no waiting
 * between, is together from the start. `run` answers in the order in which it was asked; what it throws is for all of its
 * batch.
 */
export function gather<Asked, Answer>(
  run: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
  most = Number.POSITIVE_INFINITY,
): (asked: Asked) => Promise<Answer> {
  const waiting: Waiting<Asked, Answer>[] = []
  let running = false

  async function goOn(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most)
      try {
        const answers = await run(batch.map(({ asked }) => asked))
        batch.forEach(({ resolve }, index) => {
          resolve(answers[index] as Answer)
        })
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = false
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject })
      if (running) return
      running = true
      queueMicrotask(goOn)
    })
}
