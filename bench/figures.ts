// How figures are taken together and written.
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)

/** The one in the middle; 0 when there are none. */
export const median = (values: readonly number[]) => sorted(values)[values.length >> 1] ?? 0

/** A whole number; a dash when it is not known. */
export const shown = (value: number | null, unit = '') =>
  value === null ? '–' : `${whole.format(value)}${unit}`

export const shownMs = (value: number | null) =>
  value === null ? '–' : `${value.toFixed(value < 10 ? 1 : 0)} ms`
