// How figures are taken together and written.
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)

/** The one in the middle; 0 when there are none. */
export const median = (values: readonly number[]) => sorted(values)[values.length >> 1] ?? 0

/** Gives the value below which a share of all values is; 0 when there are none. */
export function percentile(values: readonly number[]): (share: number) => number {
  const ranked = Float64Array.from(values).sort()
  return (share) => ranked[Math.min(ranked.length - 1, Math.floor(ranked.length * share))] ?? 0
}

/** A whole number; a dash when it is not known. */
export const shown = (value: number | null, unit = '') =>
  value === null ? '–' : `${whole.format(value)}${unit}`

export const shownMs = (value: number | null) =>
  value === null ? '–' : `${value.toFixed(value < 10 ? 1 : 0)} ms`

export const shownRatio = (ratio: number) => `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}×`

export const shownShare = (share: number | null) =>
  share === null ? '–' : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
