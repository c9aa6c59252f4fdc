import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An IPv4 address, or the /64 of an IPv6 one: a single household has all of that at hand. What is no address stays as it is. */
export function networkOf(ip: string): string {
  if (isIPv4(ip) || !ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address.kind() === 'ipv4'
    ? address.toString()
    : Buffer.from(address.toByteArray().slice(0, 8)).toString('hex')
}
