export interface SecretAnswer {
  /** The Content-Security-Policy; what is no page of ours runs and loads nothing. */
  readonly policy?: string
  /** Whether pages of other sites may show it: a SPA shows the picture of a QR code. */
  readonly embeddable?: boolean
}

const INERT = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

/**
 * What every answer says to an address that is itself the secret (RFC 9111, Fetch, CSP), refusals included: nobody keeps,
 * indexes, frames or refers to it.
 */
export const secretHeaders = ({ policy = INERT, embeddable = false }: SecretAnswer = {}) => ({
  'Cache-Control': 'private, no-store',
  'Content-Security-Policy': policy,
  'Cross-Origin-Resource-Policy': embeddable ? 'cross-origin' : 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex, nofollow',
})
