import { expect, test } from 'vitest'
import { ENCODINGS, encodingFor, MEDIA_TYPES, mediaTypeFor } from './negotiation.ts'

const [JSON_TYPE, GRAPHQL_TYPE] = MEDIA_TYPES

test.each([
  [undefined, JSON_TYPE],
  ['', JSON_TYPE],
  [' ', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['APPLICATION/JSON; Charset=UTF-8', JSON_TYPE],
  ['text/html,application/xhtml+xml,*/*;q=0.8', JSON_TYPE],
  ['application/graphql-response+json', GRAPHQL_TYPE],
  ['application/graphql-response+json, application/json', GRAPHQL_TYPE],
  ['application/json;q=0.9, application/graphql-response+json', GRAPHQL_TYPE],
  ['application/graphql-response+json;q=0.5, application/json', JSON_TYPE],
  ['application/graphql-response+json;q=0, */*', JSON_TYPE],
  // Who only takes everything is not known to understand the newer type.
  ['application/*, text/plain', JSON_TYPE],
  ['text/html', undefined],
  ['application/json;q=0', undefined],
  ['application/json;q=0, */*', undefined],
  ['image/*, text/*', undefined],
  ['nonsense', undefined],
  [',;,;;=', undefined],
  // A weight that is none counts as no.
  ['application/json;q=zero', undefined],
  ['application/json;q=', undefined],
  ['application/json;q=2', undefined],
  ['application/json;q=-1', undefined],
  ['application/json;q=NaN, application/graphql-response+json', GRAPHQL_TYPE],
])('Accept %j gives %s', (header, mediaType) => {
  const index = mediaTypeFor(header)
  expect(index < 0 ? undefined : MEDIA_TYPES[index]).toBe(mediaType)
})

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['gzip;q=0.5, br;q=0.5', 'br'],
  ['*', 'gzip'],
  ['gzip;q=0, *', 'identity'],
  ['gzip;q=0, br;q=0', 'identity'],
  ['br;q=0, gzip', 'gzip'],
  ['deflate, zstd', 'identity'],
  ['gzip;q=nonsense', 'identity'],
  ['gzip;q=7, br;q=', 'identity'],
  [';;;,=,"', 'identity'],
])('Accept-Encoding %j gives %s', (header, encoding) => {
  expect(ENCODINGS[encodingFor(header)]).toBe(encoding)
})

test('noise does not change what a header means, however much there is', () => {
  for (let one = 0; one < 2_000; one++) {
    expect(mediaTypeFor(`text/x-${one}`)).toBe(-1)
    expect(encodingFor(`x-${one};q=0.${one}, gzip`)).toBe(1)
  }
  const long = `${'text/plain, '.repeat(1_000)}application/json`
  expect(mediaTypeFor(long)).toBe(0)
  expect(mediaTypeFor(long)).toBe(0)
  expect(encodingFor('br')).toBe(2)
})
