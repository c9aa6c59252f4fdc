/** What a production environment needs besides the tests' own. It reaches neither a provider nor a mail server. */
export const production = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PAYMENT_GATEWAY: 'midtrans',
  DOCUMENT_LINK_SECRET: 'test-document-link-secret-0123456789-0123456789',
  MIDTRANS_SERVER_KEY: 'test-server-key',
  MIDTRANS_URL: 'http://127.0.0.1:9',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'Karcis <tiket@karcis.example>',
  METRICS_TOKEN: 'test-metrics-token-0123',
  CORS_ORIGINS: 'https://tiket.example',
} as const
