import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { clientIp, parseAddressRanges } from '../src/http/client-ip.ts'

function trust(text: string) {
  const proxies = parseAddressRanges(text)
  if ('problem' in proxies) throw new Error(proxies.problem)
  return proxies
}

function from(peer: string | undefined, forwarded?: string): IncomingMessage {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: peer })
  const request = new IncomingMessage(socket)
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded
  return request
}

describe('without trusted proxies', () => {
  test('the client is who connects', () => {
    expect(clientIp(from('203.0.113.7'), [])).toBe('203.0.113.7')
  })

  test('a spoofed X-Forwarded-For is ignored', () => {
    expect(clientIp(from('203.0.113.7', '198.51.100.1'), [])).toBe('203.0.113.7')
    expect(clientIp(from('127.0.0.1', '198.51.100.1'), [])).toBe('127.0.0.1')
  })
})

describe('behind trusted proxies', () => {
  const proxies = trust('10.0.0.0/8, 192.0.2.10, fd00::/8')

  test('the client is who the proxy says', () => {
    expect(clientIp(from('10.0.0.1', '203.0.113.7'), proxies)).toBe('203.0.113.7')
  })

  test('a spoofed part further left is never reached', () => {
    expect(clientIp(from('10.0.0.1', '198.51.100.1, 203.0.113.7'), proxies)).toBe('203.0.113.7')
    expect(clientIp(from('10.0.0.1', '10.0.0.9, 203.0.113.7'), proxies)).toBe('203.0.113.7')
  })

  test('a chain of them is followed to the first address that is not one', () => {
    const chain = '198.51.100.1, 203.0.113.7, 192.0.2.10,10.9.9.9'
    expect(clientIp(from('10.0.0.1', chain), proxies)).toBe('203.0.113.7')
  })

  test('a client that connects past them is not believed', () => {
    expect(clientIp(from('203.0.113.7', '198.51.100.1'), proxies)).toBe('203.0.113.7')
    expect(clientIp(from('192.0.2.11', '198.51.100.1'), proxies)).toBe('192.0.2.11')
  })

  test('the proxy is the client when it names nobody', () => {
    expect(clientIp(from('10.0.0.1'), proxies)).toBe('10.0.0.1')
    expect(clientIp(from('10.0.0.1', ''), proxies)).toBe('10.0.0.1')
  })

  test('the farthest proxy is the client when all of the chain are proxies', () => {
    expect(clientIp(from('10.0.0.1', '10.0.0.3, 10.0.0.2'), proxies)).toBe('10.0.0.3')
  })

  test.each(['unknown', '1', '0x0a.1', '_hidden', '203.0.113.7:4711', '203.0.113.999', "'; DROP TABLE"])(
    'what is no address (%s) ends the search',
    (hop) => {
      expect(clientIp(from('10.0.0.1', `198.51.100.1, ${hop}`), proxies)).toBe('10.0.0.1')
      expect(clientIp(from('10.0.0.1', `198.51.100.1, ${hop}, 10.0.0.2`), proxies)).toBe('10.0.0.2')
    },
  )

  test('IPv6 proxies and clients are understood', () => {
    expect(clientIp(from('fd00::1', '2001:db8::7'), proxies)).toBe('2001:db8::7')
    expect(clientIp(from('2001:db8::7', '198.51.100.1'), proxies)).toBe('2001:db8::7')
  })
})

describe('an IPv4 address inside IPv6', () => {
  test('is the IPv4 address, so that one client has one name', () => {
    expect(clientIp(from('::ffff:203.0.113.7'), [])).toBe('203.0.113.7')
    expect(clientIp(from('10.0.0.1', '::ffff:203.0.113.7'), trust('10.0.0.0/8'))).toBe('203.0.113.7')
  })

  test('is trusted as the IPv4 proxy that it is', () => {
    expect(clientIp(from('::ffff:10.0.0.1', '203.0.113.7'), trust('10.0.0.0/8'))).toBe('203.0.113.7')
    expect(clientIp(from('10.0.0.1', '203.0.113.7'), trust('::ffff:10.0.0.1'))).toBe('203.0.113.7')
  })

  test('does not make every IPv4 client a proxy where IPv6 is trusted', () => {
    expect(clientIp(from('::ffff:203.0.113.7', '198.51.100.1'), trust('fd00::/8, ::1'))).toBe('203.0.113.7')
  })
})

test('loopback is both families', () => {
  const loopback = trust('loopback')
  expect(clientIp(from('127.0.0.1', '203.0.113.7'), loopback)).toBe('203.0.113.7')
  expect(clientIp(from('::1', '203.0.113.7'), loopback)).toBe('203.0.113.7')
  expect(clientIp(from('::ffff:127.0.0.1', '203.0.113.7'), loopback)).toBe('203.0.113.7')
})

test.each([
  '1',
  '10.1',
  '10/8',
  '10.0.0/8',
  '0x7f.0.0.1',
  '010.0.0.1',
  '2130706433',
  '10.0.0.1/',
  '10.0.0.1/33',
  '::1/129',
  '1.2.3.4.5',
  '[::1]',
  'true',
  'proxy.example',
])('"%s" is not taken for a proxy', (text) => {
  expect(parseAddressRanges(`127.0.0.1, ${text}`)).toEqual({
    problem: `"${text}" is no address, CIDR or "loopback"`,
  })
})

test('a connection that is gone already has no address', () => {
  expect(clientIp(from(undefined, '198.51.100.1'), trust('loopback'))).toBe('unknown')
})
