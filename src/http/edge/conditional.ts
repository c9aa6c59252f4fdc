const TAG = /(?:W\/)?"([^"]*)"/g
const SUFFIX = /-(?:j|g)(?:-(?:gzip|br))?$/

/**
 * Whether If-None-Match names the content that we have (RFC 9110, section 13.1.2). The comparison is weak, and looks at
 * the content alone: a client that changed its Accept-Encoding, or a proxy that made the tag weak, has it all the same.
 */
export function isKnown(ifNoneMatch: string, hash: string): boolean {
  if (ifNoneMatch.trim() === '*') return true
  for (const [, tag = ''] of ifNoneMatch.matchAll(TAG)) {
    if (tag.replace(SUFFIX, '') === hash) return true
  }
  return false
}

/** A strong tag: one for each representation, because their bytes differ. */
export const entityTag = (hash: string, mediaType: number, encoding: string): string =>
  `"${hash}-${mediaType === 0 ? 'j' : 'g'}${encoding === 'identity' ? '' : `-${encoding}`}"`
