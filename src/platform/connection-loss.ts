/** What the adapter tells of a failure; `kind` is its own word, `originalCode` PostgreSQL's. */
export interface AdapterCause {
  readonly kind?: string | undefined
  readonly originalCode?: string | undefined
}

// From an ORM statement, and from a socket of the driver's. From a raw one, and at COMMIT, the adapter's kind is all there is.
const CODES = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2037'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN'],
])
const KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'])
// Class 08, the server stops or starts, it ended an idle session, it has no session left, or it is a standby: that refuses a
// write (25006), and SERIALIZABLE as a feature it lacks (0A000). The words for that come in the server's language, so the
// state has to do. The other 0A000 is a kept plan whose table a migration changed, and a new connection ends that too.
const STATES = /^(?:08...|57P0[1235]|25P0[34]|53300|25006|0A000)$/
// What pg says of a connection that ends under a statement, and of one that has ended. It has no code for either.
const WORDS =
  /^Connection terminated|^Client (?:was closed|has encountered a connection error) and is not queryable/

/** Whether the way to the database was lost: the same statement may succeed on another connection, or a moment later. */
export function isConnectionLoss(error: object, cause: AdapterCause | undefined): boolean {
  if ('code' in error && typeof error.code === 'string' && CODES.has(error.code)) return true
  if (cause && (KINDS.has(cause.kind ?? '') || STATES.test(cause.originalCode ?? ''))) return true
  // Also of an error that has a cause: the pool keeps what the driver said.
  return error instanceof Error && WORDS.test(error.message)
}
