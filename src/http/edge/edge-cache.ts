import { ENCODINGS } from './negotiation.ts'
import type { PublicRead } from './read-request.ts'
import {
  type Content,
  compressed,
  ownBytes,
  type Representation,
  represent,
  usefulEncoding,
} from './representation.ts'

/** The header that tells a CDN the tags of an answer; null where there is none. */
export type TagHeader = (content: Pick<Content, 'tags'>) => readonly [string, string] | null

/** A stored answer with all that it takes to give it again. */
export interface Entry {
  content: Content
  /** The question that it answers. */
  readonly read: PublicRead
  /** Milliseconds; until then it is fresh, may be given while it is renewed, may be given while it cannot be renewed. */
  freshUntil: number
  readonly staleUntil: number
  readonly errorUntil: number
  /** By media type and encoding, made when first asked for. */
  readonly ready: (Representation | undefined)[]
  /** The same while it is being made. */
  readonly making: (Promise<Representation> | undefined)[]
  /** Addresses that were found to ask for this. */
  readonly addresses: string[]
  /** It was given since the eviction last passed. */
  used: boolean
  bytes: number
}

// What the entry's objects take beside its texts, measured with 100,000 entries in a process.
const OBJECTS_BYTES = 1_600
const BYTES_A_TAG = 120
// Honest clients write an address in two or three ways.
const MAX_ADDRESSES = 4

/** The position of a representation in `Entry.ready`. */
export const slotOf = (mediaType: number, encoding: number): number => mediaType * ENCODINGS.length + encoding

/**
 * Answers of public operations in this process, bounded in bytes. An entry is found by its key, and at once by an address
 * that was seen before. What is full makes room by second chance: the oldest that nobody asked for since the last pass.
 */
export class EdgeCache {
  readonly maxBytes: number
  bytes = 0
  readonly #byKey = new Map<string, Entry>()
  readonly #byAddress = new Map<string, Entry>()
  readonly #byTag = new Map<string, Set<Entry>>()
  readonly #tagHeader: TagHeader

  constructor(maxBytes: number, tagHeader: TagHeader) {
    this.maxBytes = maxBytes
    this.#tagHeader = tagHeader
  }

  get size(): number {
    return this.#byKey.size
  }

  find(key: string): Entry | undefined {
    return this.#byKey.get(key)
  }

  findByAddress(address: string): Entry | undefined {
    return this.#byAddress.get(address)
  }

  /** Makes an entry without storing it. */
  entryOf(read: PublicRead, content: Content): Entry {
    const { key, policy } = read
    const freshUntil = content.createdAt + policy.maxAge * 1_000
    return {
      content,
      read,
      freshUntil,
      staleUntil: freshUntil + policy.staleWhileRevalidate * 1_000,
      errorUntil: freshUntil + policy.staleIfError * 1_000,
      ready: [],
      making: [],
      addresses: [],
      used: false,
      bytes: OBJECTS_BYTES + content.body.length + 2 * key.length,
    }
  }

  /** Stores the entry in place of an older one. One that alone would fill the store is not kept. */
  put(entry: Entry): void {
    const before = this.#byKey.get(entry.read.key)
    if (before) this.drop(before)
    if (entry.bytes > this.maxBytes) return
    const { body, tags, createdAt, hash } = entry.content
    const content: Content = { body: ownBytes(body), tags, createdAt, hash }
    entry.content = content
    entry.bytes += BYTES_A_TAG * tags.length
    this.#byKey.set(entry.read.key, entry)
    for (const tag of tags) {
      const tagged = this.#byTag.get(tag)
      if (tagged) tagged.add(entry)
      else this.#byTag.set(tag, new Set([entry]))
    }
    this.bytes += entry.bytes
    // An address that asked for the old one asks for the new one.
    for (const address of before?.addresses ?? []) this.remember(entry, address)
    this.#makeRoom()
  }

  /** From now on this address leads to the entry without being read. */
  remember(entry: Entry, address: string): void {
    if (this.#byKey.get(entry.read.key) !== entry || this.#byAddress.get(address) === entry) return
    entry.addresses.push(address)
    this.#byAddress.set(address, entry)
    const forgotten = entry.addresses.length > MAX_ADDRESSES ? (entry.addresses.shift() ?? '') : ''
    this.#byAddress.delete(forgotten)
    // Only now, because making room may drop the entry itself, with all addresses that it has.
    this.#grow(entry, 2 * (address.length - forgotten.length))
  }

  /** The bytes and headers for one client, made when they are not there yet: at once where nothing is compressed. */
  representation(entry: Entry, mediaType: number, wanted: number): Representation | Promise<Representation> {
    const encoding = usefulEncoding(entry.content.body, wanted)
    const slot = slotOf(mediaType, wanted)
    const made = entry.ready[slotOf(mediaType, encoding)] ?? this.#make(entry, mediaType, encoding)
    // What is too small to compress is ready in every encoding.
    if (!(made instanceof Promise)) entry.ready[slot] = made
    return made
  }

  /** All who waited for one fill come here at once, and compressing may cost more than the fill did. */
  #make(entry: Entry, mediaType: number, encoding: number): Representation | Promise<Representation> {
    const slot = slotOf(mediaType, encoding)
    const underWay = entry.making[slot]
    if (underWay) return underWay
    const { content, read } = entry
    const present = (body: Buffer) => {
      const made = represent(content, body, { mediaType, encoding }, read.policy, this.#tagHeader(content))
      entry.ready[slot] = made
      this.#grow(entry, sizeOf(made, content.body))
      return made
    }
    if (encoding === 0) return present(content.body)
    const making = compressed(content.body, encoding)
      .then(present)
      .finally(() => {
        entry.making[slot] = undefined
      })
    entry.making[slot] = making
    return making
  }

  drop(entry: Entry): void {
    if (this.#byKey.get(entry.read.key) !== entry) return
    this.#byKey.delete(entry.read.key)
    for (const address of entry.addresses) this.#byAddress.delete(address)
    for (const tag of entry.content.tags) {
      const tagged = this.#byTag.get(tag)
      tagged?.delete(entry)
      if (tagged?.size === 0) this.#byTag.delete(tag)
    }
    this.bytes -= entry.bytes
  }

  /** Drops every entry with one of the tags. */
  purge(tags: readonly string[]): void {
    for (const tag of tags) for (const entry of this.#byTag.get(tag) ?? []) this.drop(entry)
  }

  /** Makes every entry stale at once: it is renewed when it is asked for next. */
  expire(now: number): void {
    for (const entry of this.#byKey.values()) entry.freshUntil = Math.min(entry.freshUntil, now)
  }

  #grow(entry: Entry, bytes: number): void {
    entry.bytes += bytes
    if (this.#byKey.get(entry.read.key) === entry) {
      this.bytes += bytes
      this.#makeRoom()
    }
  }

  #makeRoom(): void {
    // A map gives its entries in the order in which they came, and one that is put back comes last.
    for (const [key, entry] of this.#byKey) {
      if (this.bytes <= this.maxBytes) return
      if (entry.used) {
        entry.used = false
        this.#byKey.delete(key)
        this.#byKey.set(key, entry)
      } else this.drop(entry)
    }
  }
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length, 0)

const sizeOf = ({ body, headers, headersOf304 }: Representation, content: Buffer): number =>
  (body === content ? 0 : body.length) + 2 * (lengthOf(headers) + lengthOf(headersOf304))
