// Stretches of a line that one font draws, in the order in which they stand.
import { createRequire } from 'node:module'
import type { Face, Pdf } from './pdf.ts'

export interface Run {
  readonly text: string
  readonly face: Face
  readonly width: number
}

/** What is not divided: a letter with its marks. `at`: its index in the text. */
export interface Cluster {
  readonly text: string
  readonly at: number
  readonly face: Face
}

const HAS_RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]/
// Its types say an ECMAScript module, and it is none.
const createBidi: typeof import('bidi-js').default = createRequire(import.meta.url)('bidi-js')
const bidi = createBidi()

/** The embedding level of each UTF-16 unit (UAX 9); null for a text that goes from the left throughout. */
export const levelsOf = (text: string): Uint8Array | null =>
  HAS_RIGHT_TO_LEFT.test(text) ? bidi.getEmbeddingLevels(text).levels : null

/** Stretches of one font, as they were written. */
export function runsOf(pdf: Pdf, clusters: readonly Cluster[], spacing: number): Run[] {
  const runs: Run[] = []
  let from = 0
  for (let at = 1; at <= clusters.length; at++) {
    const face = clusters[from]?.face
    if (!face || (at < clusters.length && clusters[at]?.face.name === face.name)) continue
    runs.push(
      run(
        pdf,
        clusters
          .slice(from, at)
          .map(({ text }) => text)
          .join(''),
        face,
        spacing,
      ),
    )
    from = at
  }
  return runs
}

export function run(pdf: Pdf, text: string, face: Face, spacing: number): Run {
  pdf.font(face.name).fontSize(1_000)
  // With one after each character, also the last, as pdfkit counts it.
  return { text, face, width: pdf.widthOfString(text) / 1_000 + spacing * [...text].length }
}

/** Stretches of one font and direction, from left to right (UAX 9, L2). */
export function inOrder(pdf: Pdf, clusters: readonly Cluster[], levels: Uint8Array, spacing: number): Run[] {
  const parts: { level: number; clusters: Cluster[] }[] = []
  for (const cluster of clusters) {
    const level = levels[cluster.at] ?? 0
    const last = parts.at(-1)
    if (last && last.level === level && last.clusters[0]?.face.name === cluster.face.name)
      last.clusters.push(cluster)
    else parts.push({ level, clusters: [cluster] })
  }
  const highest = Math.max(0, ...parts.map(({ level }) => level))
  for (let level = highest; level > 0; level--) {
    for (let from = 0; from < parts.length; from++) {
      let to = from
      while (to < parts.length && (parts[to]?.level ?? 0) >= level) to++
      if (to > from) parts.splice(from, to - from, ...parts.slice(from, to).reverse())
      from = Math.max(from, to)
    }
  }
  return parts.flatMap(({ level, clusters: some }) => {
    const [first] = some
    if (!first) return []
    const isRightToLeft = level % 2 === 1
    // fontkit turns what its script writes from the right, and nothing else.
    const turned = isRightToLeft !== first.face.rightToLeft
    const mirrored = (text: string) => (isRightToLeft ? (bidi.getMirroredCharacter(text) ?? text) : text)
    const texts = some.map(({ text }) => mirrored(text))
    return [run(pdf, (turned ? texts.reverse() : texts).join(''), first.face, spacing)]
  })
}
