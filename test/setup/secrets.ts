/** Good enough to pass the checks, worth nothing anywhere. */
export const testSecrets = {
  JWT_SECRET: 'test-jwt-secret-0123456789-0123456789-0123456789',
  LINK_SECRET: 'test-link-secret-0123456789-0123456789-0123456789',
  TICKET_SECRET: 'test-ticket-secret-0123456789-0123456789-0123456789',
  SANDBOX_SERVER_KEY: 'test-sandbox-server-key-0123456789-0123456789',
}
