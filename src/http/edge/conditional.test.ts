import { describe, expect, test } from 'vitest'
import { entityTag, isKnown } from './conditional.ts'

const HASH = 'q0nPz-3Zy_hVf1b2C4d5E6f7G8h'

describe('a client knows the content', () => {
  test.each([
    ['quoted', `"${HASH}-j"`],
    ['weak', `W/"${HASH}-j"`],
    ['of gzip', `"${HASH}-j-gzip"`],
    ['of br in the other media type', `W/"${HASH}-g-br"`],
    ['last in a list', `"x", W/"y","${HASH}-g"`],
    ['in a list without spaces', `"x","${HASH}-j","y"`],
    ['behind a tag with a comma in it', `"a,b", "${HASH}-j"`],
    ['any', '*'],
    ['any, with spaces', ' * '],
  ])('by a tag that is %s', (_what, header) => {
    expect(isKnown(header, HASH)).toBe(true)
  })
})

describe('a client does not know the content', () => {
  test.each([
    ['empty', ''],
    ['of other content', '"AAAAAAAAAAAAAAAAAAAAAAAAAAA-j"'],
    ['empty in quotes', '""'],
    ['not quoted', `${HASH}-j`],
    ['not closed', `"${HASH}-j`],
    ['a part of it', `"${HASH.slice(0, -1)}-j"`],
    ['longer', `"${HASH}x-j"`],
    ['of no encoding of ours', `"${HASH}-j-zstd"`],
    ['in another case', `"${HASH.toUpperCase()}-j"`],
    ['a star in quotes', '"*"'],
    ['a star among others', '*, "x"'],
    ['garbage', '\\;=%00,,,"'],
  ])('by a tag that is %s', (_what, header) => {
    expect(isKnown(header, HASH)).toBe(false)
  })
})

test('each representation has a strong tag of its own', () => {
  const tags = [0, 1].flatMap((mediaType) =>
    ['identity', 'gzip', 'br'].map((encoding) => entityTag(HASH, mediaType, encoding)),
  )
  expect(new Set(tags).size).toBe(6)
  for (const tag of tags) {
    expect(tag).toMatch(/^"[\x21\x23-\x7e]+"$/)
    expect(isKnown(tag, HASH)).toBe(true)
  }
})
