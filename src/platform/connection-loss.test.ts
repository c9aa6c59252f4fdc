import { expect, test } from 'vitest'
import { kindOf } from './serializable.ts'

const withCode = (code: string, message = '') => Object.assign(new Error(message), { code })
const adapterError = (cause: object) => Object.assign(new Error('driver'), { cause })
const raw = (cause: object) =>
  Object.assign(new Error('raw'), { code: 'P2010', meta: { driverAdapterError: adapterError(cause) } })

test.each([
  ['an ORM statement', withCode('P1001')],
  ['an ORM statement whose server hung up', withCode('P1017')],
  ['a raw statement', raw({ kind: 'DatabaseNotReachable' })],
  ['a raw statement whose socket was reset', raw({ kind: 'ConnectionClosed' })],
  ['COMMIT', adapterError({ kind: 'ConnectionClosed' })],
  ['a session that an operator ended', raw({ kind: 'postgres', originalCode: '57P01' })],
  ['a server that crashes', raw({ kind: 'postgres', originalCode: '57P02' })],
  ['a server that starts', adapterError({ kind: 'postgres', originalCode: '57P03' })],
  ['a server that has become a standby', raw({ kind: 'postgres', originalCode: '25006' })],
  ['a server without a session to spare', adapterError({ kind: 'TooManyConnections' })],
  ['a socket that ends under a statement', new Error('Connection terminated unexpectedly')],
  ['a socket that does not open', new Error('Connection terminated due to connection timeout')],
  [
    'a connection that has ended',
    new Error('Client has encountered a connection error and is not queryable'),
  ],
  ['a connection that was closed', new Error('Client was closed and is not queryable')],
  ['a socket that takes no more', withCode('EPIPE', 'write EPIPE')],
  ['a socket that was reset', withCode('ECONNRESET', 'read ECONNRESET')],
  ['a server that does not listen', withCode('ECONNREFUSED')],
])('a lost connection is known by what it leaves: %s', (_where, error) => {
  expect(kindOf(error)).toBe('lost')
})

test.each([
  ['a broken constraint', raw({ kind: 'postgres', originalCode: '23514' })],
  ['a failure of ours that speaks of connections', new Error('The order has no connection terminated.')],
  ['a statement that no one understands', raw({ kind: 'postgres', originalCode: '42601' })],
])('nothing else is: %s', (_what, error) => {
  expect(kindOf(error)).toBe('other')
})
