declare module 'subset-font' {
  /** hb-subset: the font as one of these formats, with its axes pinned. */
  export default function subsetFont(
    font: Buffer,
    text: undefined,
    options: {
      readonly targetFormat: 'truetype'
      readonly keepAllGlyphs: true
      readonly variationAxes: Readonly<Record<string, number>>
    },
  ): Promise<Buffer>
}
