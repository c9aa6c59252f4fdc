const FIRST_MS = 1_000
const LONGEST_MS = 1_800_000

/**
 * How long to wait after this many failures: twice as long each time, at most half an hour, of which up to half is left to
 * chance, or jobs that failed together would all come back together. Twelve attempts take about half an hour.
 */
export function pauseAfter(failures: number, random: () => number = Math.random): number {
  const full = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
  return Math.round(full * (1 - random() / 2))
}
