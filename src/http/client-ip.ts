import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Proxies whose word on X-Forwarded-For counts, or sources of notifications. */
export type AddressRanges = readonly [Address, number][]

/** Reads TRUST_PROXY and MIDTRANS_WEBHOOK_SOURCES: addresses, CIDRs or `loopback`, comma-separated. */
export function parseAddressRanges(text: string): AddressRanges | { problem: string } {
  const ranges: [Address, number][] = []
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    if (part === 'loopback') {
      ranges.push(ipaddr.parseCIDR('127.0.0.0/8'), ipaddr.parseCIDR('::1/128'))
    } else if (isWhole(part.split('/')[0] ?? '') && ipaddr.isValidCIDR(part)) {
      ranges.push(ipaddr.parseCIDR(part))
    } else if (isWhole(part)) {
      const address = ipaddr.process(part)
      ranges.push([address, address.kind() === 'ipv4' ? 32 : 128])
    } else {
      return { problem: `"${part}" is no address, CIDR or "loopback"` }
    }
  }
  return ranges
}

/**
 * The client's address. X-Forwarded-For is read from the right, as long as the address so far is a trusted proxy: what a
 * client wrote itself stands further left and is never reached.
 */
export function clientIp(request: IncomingMessage, trusted: AddressRanges): string {
  const peer = request.socket.remoteAddress
  if (!peer || !isWhole(peer)) return 'unknown'
  let client = addressOf(peer)
  const header = request.headers['x-forwarded-for']
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((hop) => hop.trim())
  while (isWithin(client, trusted)) {
    const hop = hops.pop()
    if (!hop || !isWhole(hop)) break
    client = addressOf(hop)
  }
  return client.toString()
}

/** Of what is known to be an address. Nearly all are plain IPv4, and the library tries seven forms for each. */
const addressOf = (text: string): Address =>
  isIPv4(text) ? new ipaddr.IPv4(text.split('.').map(Number)) : ipaddr.process(text)

// The library reads "1" as 0.0.0.1, and 010.0.0.1 and 0x7f.1 as C does; nobody who writes so means an address.
const isWhole = (text: string): boolean => isIPv4(text) || ipaddr.IPv6.isValid(text)

/** Whether a client's address, as `clientIp` gives it, lies in one of the ranges. */
export const isFrom = (ip: string, ranges: AddressRanges): boolean =>
  isWhole(ip) && isWithin(addressOf(ip), ranges)

const isWithin = (address: Address, ranges: AddressRanges): boolean =>
  ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
