import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Address ranges whose word on X-Forwarded-For counts. */
export type TrustedProxies = readonly [Address, number][]

/** Reads TRUST_PROXY: addresses, CIDRs or `loopback`, comma-separated. */
export function parseTrustedProxies(text: string): TrustedProxies | { problem: string } {
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
export function clientIp(request: IncomingMessage, trusted: TrustedProxies): string {
  const peer = request.socket.remoteAddress
  if (!peer || !ipaddr.isValid(peer)) return 'unknown'
  let client = ipaddr.process(peer)
  const header = request.headers['x-forwarded-for']
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((hop) => hop.trim())
  while (isTrusted(client, trusted)) {
    const hop = hops.pop()
    if (!hop || !isWhole(hop)) break
    client = ipaddr.process(hop)
  }
  return client.toString()
}

// The library reads "1" as 0.0.0.1, and 010.0.0.1 and 0x7f.1 as C does; nobody who writes so means an address.
const isWhole = (text: string): boolean =>
  ipaddr.IPv6.isValid(text) || (ipaddr.IPv4.isValidFourPartDecimal(text) && ipaddr.IPv4.isValid(text))

const isTrusted = (address: Address, trusted: TrustedProxies): boolean =>
  trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
