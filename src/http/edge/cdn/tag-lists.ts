/** How much one header or one call takes. */
export interface Limits {
  readonly tags: number
  /** Of all tags with a separator of one byte between each two. */
  readonly bytes: number
}

/** The tags in lists that each keep the limits. A tag that is too large for any list stands alone, to be refused there. */
export function listsOf(tags: readonly string[], limits: Limits): string[][] {
  const lists: string[][] = []
  let list: string[] = []
  let bytes = 0
  for (const tag of tags) {
    const more = Buffer.byteLength(tag) + 1
    if (list.length > 0 && (list.length >= limits.tags || bytes + more - 1 > limits.bytes)) {
      lists.push(list)
      list = []
      bytes = 0
    }
    list.push(tag)
    bytes += more
  }
  return list.length > 0 ? [...lists, list] : lists
}

/** As many of the first tags as a header takes. Providers drop what is beyond it, and some drop the whole header. */
export const headerOf = (tags: readonly string[], separator: ' ' | ',', bytes: number): string =>
  (listsOf(tags, { tags: tags.length, bytes })[0] ?? []).join(separator)
