import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

const HOUSEHOLD_BYTES = 8
const SITE_BYTES = 6

/** An IPv4 address, or the /64 of an IPv6 one: a single household has all of that at hand. What is no address stays as it is. */
export const networkOf = (ip: string): string => prefixOf(ip, HOUSEHOLD_BYTES)

/** An IPv4 address, or the /48 of an IPv6 one: what providers give to a site at most. */
export const siteOf = (ip: string): string => prefixOf(ip, SITE_BYTES)

function prefixOf(ip: string, bytes: number): string {
  if (isIPv4(ip) || !ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address.kind() === 'ipv4'
    ? address.toString()
    : Buffer.from(address.toByteArray().slice(0, bytes)).toString('hex')
}
