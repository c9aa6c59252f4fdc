// Rounds that others disturbed are done again.

/** Others that use more of the machine than this disturb a measurement. */
export const QUIET = 0.05

export interface Watched {
  /** What others used of the machine meanwhile, from 0 to 1; null where there is no /proc. */
  readonly others: number | null
}

/** Runs rounds, and so many of them in all once more because others were busy. */
export function quietRounds(repeats: number): <T extends Watched>(round: () => Promise<T>) => Promise<T> {
  let left = repeats
  return async (round) => {
    for (;;) {
      const done = await round()
      if ((done.others ?? 0) <= QUIET || left === 0) return done
      left -= 1
    }
  }
}

/** The most that others used in any round. */
export const mostOthers = (rounds: readonly Watched[]) =>
  Math.max(0, ...rounds.map(({ others }) => others ?? 0))
