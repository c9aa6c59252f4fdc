// What is promised, and whether it is reached.

export interface Verdict {
  readonly promise: string
  readonly met: boolean
  readonly figure: string
  /** It says whether something is right, not how quick it is: the bench fails with it. */
  readonly correctness: boolean
}

export const linesOf = (verdicts: readonly Verdict[]) =>
  verdicts
    .map(({ promise, met, figure }) => `- ${promise}: ${met ? 'met' : 'NOT MET'} (${figure})`)
    .join('\n')

/** The exit code of a bench: a machine may be slow, but nothing may be wrong. */
export const exitCodeOf = (verdicts: readonly Verdict[]) =>
  verdicts.some(({ met, correctness }) => correctness && !met) ? 1 : 0
