import { createHmac } from 'node:crypto'
import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * What is counted of a client's address. One household has a /64 of IPv6 at hand, one customer of a provider a /56 or a /48:
 * the wider prefixes have larger limits, by `factor`. IPv4 has the first alone.
 */
export const NETWORK_WIDTHS = [
  { suffix: '', bytes: 8, factor: 1 },
  { suffix: '-56', bytes: 7, factor: 4 },
  { suffix: '-48', bytes: 6, factor: 16 },
] as const

/**
 * The keys of a client's networks, narrowest first and in the order of NETWORK_WIDTHS: an IPv4 address alone, or the /64, /56 and
 * /48 of an IPv6 one. What is no address stays as it is. Everything that counts by network counts by these.
 */
export function networksOf(ip: string): [string, ...string[]] {
  if (isIPv4(ip) || !ipaddr.isValid(ip)) return [ip]
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return [address.toString()]
  const bytes = Buffer.from(address.toByteArray())
  const [narrow, ...wider] = NETWORK_WIDTHS.map((width) => bytes.toString('hex', 0, width.bytes))
  return [narrow ?? ip, ...wider]
}

/** The narrowest network of a client's address. */
export const networkOf = (ip: string): string => networksOf(ip)[0]

/** The widest one: an IPv4 address, or the /48 of an IPv6 one, which is what providers give to a site at most. */
export const siteOf = (ip: string): string => networksOf(ip).at(-1) ?? ip

/** A network as it may be stored: nobody without our secret finds the address. 16 bytes; `use` keeps lists apart. */
export const networkHash = (secret: string, use: string, network: string): Buffer<ArrayBuffer> =>
  Buffer.from(
    createHmac('sha256', secret).update(`karcis network ${use} ${network}`).digest().subarray(0, 16),
  )
