/** Dark and light modules, row by row; 1 is dark. */
export interface QrMatrix {
  readonly size: number
  readonly data: ArrayLike<number>
}

/** The light frame that ISO/IEC 18004 asks for, in modules. */
export const QUIET_ZONE = 4

/** Dark stretches, each of one row. */
export function darkRuns({ size, data }: QrMatrix): { row: number; from: number; length: number }[] {
  const runs: { row: number; from: number; length: number }[] = []
  for (let row = 0; row < size; row++) {
    for (let from = 0; from < size; from++) {
      let length = 0
      while (from + length < size && data[row * size + from + length]) length++
      if (length > 0) runs.push({ row, from, length })
      from += length
    }
  }
  return runs
}

/** As strokes one module wide, which is a third of what filled rectangles take. */
export function qrPath(matrix: QrMatrix): { side: number; path: string } {
  let path = ''
  let [x, y] = [0, 0]
  for (const { row, from, length } of darkRuns(matrix)) {
    const [left, middle] = [from + QUIET_ZONE, row + QUIET_ZONE + 0.5]
    path += path === '' ? `M${left} ${middle}` : `m${left - x} ${middle - y}`
    path += `h${length}`
    x = left + length
    y = middle
  }
  return { side: matrix.size + 2 * QUIET_ZONE, path }
}
