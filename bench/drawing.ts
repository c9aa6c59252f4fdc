// SVG that is readable on light and on dark.

export const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** Colours by class: what is drawn says what it is. */
export function drawing(options: {
  width: number
  height: number
  /** For who cannot see it. */
  title: string
  head: string
  note: string
  parts: readonly string[]
}): string {
  const { width, height, title, head, note, parts } = options
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">${escaped(title)}</title>
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .label { text-anchor: end }
    .head { font-weight: 600; font-size: 15px }
    .group { font-weight: 600 }
    .note, .limit { fill: #6e7781 }
    .karcis { fill: #0969da }
    .peer { fill: #bf8700 }
    .axis { stroke: #6e7781; fill: none }
    .line { fill: none; stroke-width: 2 }
    .arrived { stroke: #6e7781 }
    .answered { stroke: #0969da }
    .sold { stroke: #bf8700 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .note, .limit { fill: #9198a1 }
      .karcis { fill: #4493f8 }
      .peer { fill: #d29922 }
      .axis, .arrived { stroke: #9198a1 }
      .answered { stroke: #4493f8 }
      .sold { stroke: #d29922 }
    }
  </style>
  <text class="head" x="10" y="24">${escaped(head)}</text>
  <text class="note" x="10" y="44">${escaped(note)}</text>
${parts.join('\n')}
</svg>
`
}
