import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { developmentEnvironment } from '../scripts/services/environment.ts'
import { Environment, SECRETS } from '../src/config/environment.ts'
import { ConfigError, loadConfig } from '../src/config.ts'

type Variables = Readonly<Record<string, string | undefined>>

const root = fileURLToPath(new URL('..', import.meta.url))

const development: Variables = {
  DATABASE_URL: 'postgresql://karcis@localhost:5432/karcis',
  REDIS_URL: 'redis://localhost:6379',
  JWT_SECRET: 'jwt-secret-of-a-test-0123456789-0123456789',
  LINK_SECRET: 'link-secret-of-a-test-0123456789-0123456789',
  TICKET_SECRET: 'ticket-secret-of-a-test-0123456789-0123456789',
}
const production: Variables = {
  ...development,
  NODE_ENV: 'production',
  DOCUMENT_LINK_SECRET: 'document-link-secret-of-a-test-0123456789',
  PUBLIC_URL: 'https://karcis.example/',
  PAYMENT_GATEWAY: 'midtrans',
  MIDTRANS_SERVER_KEY: 'midtrans-key-of-a-test',
  MIDTRANS_URL: 'https://api.midtrans.com/',
  SMTP_URL: 'smtps://user:password@mail.example',
  MAIL_FROM: 'Karcis <tiket@karcis.example>',
  METRICS_TOKEN: 'metrics-token-of-a-test',
}

/** The problems, one line each, without the headline; none when the settings are good. */
function problems(variables: Variables): string[] {
  try {
    loadConfig(variables)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}

describe('development', () => {
  test('needs databases and secrets, and has a default for the rest', () => {
    expect(loadConfig(development)).toMatchObject({
      environment: 'development',
      port: 4000,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:4000',
      paymentGateway: 'sandbox',
      orderTtlSeconds: 900,
      mail: { smtpUrl: null },
      metricsToken: null,
      runJobs: true,
    })
  })

  test('takes an empty variable for one that is not set', () => {
    const empty = { HOST: '', PUBLIC_URL: '', SMTP_URL: '', METRICS_TOKEN: '', RUN_JOBS: '', PORT: '' }
    expect(loadConfig({ ...development, ...empty })).toEqual(loadConfig(development))
  })

  test('hears of all mistakes at once', () => {
    const mistakes = problems({
      ...development,
      PORT: '65536',
      REDIS_URL: 'localhost:6379',
      JWT_SECRET: 'short',
      TICKET_SECRET: undefined,
      CORS_CREDENTIALS: 'yes',
      TRUST_PROXY: 'everyone',
      ORDER_TTL_SECONDS: '1.5',
      IDEMPOTENCY_TTL_SECONDS: '3600',
    })
    expect(mistakes.map((line) => line.split(':')[0]).sort()).toEqual([
      'CORS_CREDENTIALS',
      'IDEMPOTENCY_TTL_SECONDS',
      'JWT_SECRET',
      'ORDER_TTL_SECONDS',
      'PORT',
      'REDIS_URL',
      'TICKET_SECRET',
      'TRUST_PROXY',
    ])
  })
})

describe('production', () => {
  test('starts with everything set', () => {
    expect(loadConfig(production)).toMatchObject({
      environment: 'production',
      host: '0.0.0.0',
      publicUrl: 'https://karcis.example',
      midtransUrl: 'https://api.midtrans.com',
      trustedProxies: [],
      runJobs: false,
    })
  })

  test.each<[string, Variables, string]>([
    ['a JWT secret under 32 characters', { JWT_SECRET: 'x'.repeat(31) }, 'JWT_SECRET: has fewer than 32'],
    ['a link secret under 32 characters', { LINK_SECRET: 'x'.repeat(31) }, 'LINK_SECRET: has fewer than 32'],
    ['no document link secret', { DOCUMENT_LINK_SECRET: undefined }, 'DOCUMENT_LINK_SECRET: is missing'],
    [
      'a weak document link secret',
      { DOCUMENT_LINK_SECRET: 'x'.repeat(31) },
      'DOCUMENT_LINK_SECRET: has fewer than 32',
    ],
    [
      'a document link secret that signs something else too',
      { DOCUMENT_LINK_SECRET: production['TICKET_SECRET'] },
      'DOCUMENT_LINK_SECRET: must differ',
    ],
    ['a ticket secret under 32 characters', { TICKET_SECRET: 'x' }, 'TICKET_SECRET: has fewer than 32'],
    ['no JWT secret', { JWT_SECRET: undefined }, 'JWT_SECRET: is missing'],
    ['an empty JWT secret', { JWT_SECRET: '' }, 'JWT_SECRET: is missing'],
    ['two equal secrets', { LINK_SECRET: production['JWT_SECRET'] }, 'must differ from each other'],
    ['no database', { DATABASE_URL: undefined }, 'DATABASE_URL: is missing'],
    ['no Redis', { REDIS_URL: undefined }, 'REDIS_URL: is missing'],
    ['the sandbox', { PAYMENT_GATEWAY: 'sandbox' }, 'PAYMENT_GATEWAY: the sandbox is no payment provider'],
    ['no payment provider', { PAYMENT_GATEWAY: undefined }, 'PAYMENT_GATEWAY: '],
    ['no provider’s key', { MIDTRANS_SERVER_KEY: undefined }, 'MIDTRANS_SERVER_KEY: is missing'],
    ['no provider’s address', { MIDTRANS_URL: undefined }, 'MIDTRANS_URL: say which'],
    ['no public address', { PUBLIC_URL: undefined }, 'PUBLIC_URL: is missing'],
    ['no way to send mail', { SMTP_URL: undefined }, 'SMTP_URL: is missing'],
    ['no sender of mail', { MAIL_FROM: undefined }, 'MAIL_FROM: is missing'],
    ['a sender that is no address', { MAIL_FROM: 'Karcis' }, 'MAIL_FROM: is an address'],
    ['half of WhatsApp', { WHATSAPP_TOKEN: 'token' }, 'WHATSAPP_PHONE_NUMBER_ID: is missing'],
    [
      'a token for WhatsApp in the clear',
      { WHATSAPP_TOKEN: 't', WHATSAPP_PHONE_NUMBER_ID: '1', WHATSAPP_URL: 'http://graph.example' },
      'WHATSAPP_URL: starts with https://',
    ],
    ['links in the clear', { PUBLIC_URL: 'http://karcis.example' }, 'PUBLIC_URL: starts with https://'],
    [
      'links in the clear by a name like ours',
      { PUBLIC_URL: 'http://localhost.example' },
      'PUBLIC_URL: starts with https://',
    ],
    ['links to a private address', { PUBLIC_URL: 'http://10.0.0.5' }, 'PUBLIC_URL: starts with https://'],
    [
      'a provider in the clear',
      { MIDTRANS_URL: 'http://api.midtrans.com' },
      'MIDTRANS_URL: starts with https://',
    ],
    [
      'a token for a CDN in the clear',
      { CDN: 'fastly', CDN_TOKEN: 't', CDN_ZONE: 'z', CDN_PURGE_URL: 'https://a.example,http://b.example' },
      'CDN_PURGE_URL: starts with https://',
    ],
    ['a public address that is none', { PUBLIC_URL: 'https://' }, 'PUBLIC_URL: '],
    ['a provider’s address that is none', { MIDTRANS_URL: 'https:// x' }, 'MIDTRANS_URL: '],
    ['open metrics', { METRICS_TOKEN: undefined }, 'METRICS_TOKEN: is missing'],
    ['a short metrics token', { METRICS_TOKEN: 'x'.repeat(15) }, 'METRICS_TOKEN: '],
    [
      'cookies for every origin',
      { CORS_ORIGINS: 'https://a.example, *', CORS_CREDENTIALS: 'true' },
      'CORS_ORIGINS: * with CORS_CREDENTIALS',
    ],
  ])('refuses %s', (_what, change, expected) => {
    expect(problems({ ...production, ...change })).toContainEqual(expect.stringContaining(expected))
  })

  test('says of secrets that are missing that they are, and nothing of how they compare', () => {
    const none = {
      JWT_SECRET: undefined,
      LINK_SECRET: '',
      TICKET_SECRET: undefined,
      DOCUMENT_LINK_SECRET: '',
    }
    const said = problems({ ...production, ...none })
    for (const name of Object.keys(none))
      expect(said).toContainEqual(expect.stringContaining(`${name}: is missing`))
    expect(said).toHaveLength(4)
    expect(problems({ ...production, LINK_SECRET: undefined })).toEqual(['LINK_SECRET: is missing'])
  })

  test.each([
    ['https://shop.example/', 'write https://shop.example'],
    ['https://shop.example/app', 'write https://shop.example'],
    ['https://shop.example?x', 'write https://shop.example'],
    ['shop.example', 'write https://shop.example'],
    ['localhost:5173', 'write https://localhost:5173'],
    ['https://Shop.Example', 'write https://shop.example'],
    ['https://shop.example:443', 'write https://shop.example'],
    ['https://bücher.example', 'write https://xn--bcher-kva.example'],
    ['ftp://shop.example', 'write each as https://shop.example, without a path'],
    ['https://*.shop.example', 'write each as https://shop.example, without a path'],
    ['null', 'CORS_ORIGINS: null is no origin'],
  ])('refuses the origin %s, in development too, and says how to write it', (origin, advice) => {
    for (const settings of [production, { ...production, NODE_ENV: 'test' }]) {
      const [problem, ...more] = problems({ ...settings, CORS_ORIGINS: `https://a.example, ${origin}` })
      expect([problem, more]).toEqual([expect.stringContaining(advice), []])
    }
  })

  test('takes origins as browsers write them', () => {
    const CORS_ORIGINS = 'https://a.example, http://localhost:5173, http://[::1]:8080, https://a.example:8443'
    expect(problems({ ...production, CORS_ORIGINS })).toEqual([])
  })

  test('takes what stays on this machine in the clear: a rehearsal has no certificate', () => {
    const here = {
      PUBLIC_URL: 'http://127.0.0.1:8080',
      MIDTRANS_URL: 'http://localhost:9000',
      WHATSAPP_URL: 'http://[::1]:9001',
      WHATSAPP_TOKEN: 't',
      WHATSAPP_PHONE_NUMBER_ID: '1',
    }
    expect(problems({ ...production, ...here })).toEqual([])
    // It has no token to lose, and Varnish speaks no TLS.
    expect(problems({ ...production, CDN: 'varnish', CDN_PURGE_URL: 'http://10.0.0.5:6081' })).toEqual([])
  })

  test('sends mail in the clear to this machine alone', () => {
    const requires = (SMTP_URL: string, base = production) =>
      loadConfig({ ...base, SMTP_URL }).mail.requireTls
    expect(requires('smtp://mail.example:587')).toBe(true)
    expect(requires('smtp://10.0.0.5')).toBe(true)
    expect(requires('smtp://127.0.0.1:1025')).toBe(false)
    expect(requires('smtp://mailhog:1025', development)).toBe(false)
  })

  test('allows every origin without cookies, and cookies for listed origins', () => {
    expect(problems({ ...production, CORS_ORIGINS: '*' })).toEqual([])
    const listed = { ...production, CORS_ORIGINS: 'https://a.example', CORS_CREDENTIALS: 'true' }
    expect(problems(listed)).toEqual([])
  })
})

describe('a secret in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'karcis-config-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('is read without the line end that editors leave', () => {
    const secret = 'jwt-secret-in-a-file-0123456789-0123456789'
    const config = loadConfig({
      ...production,
      JWT_SECRET: undefined,
      JWT_SECRET_FILE: file('jwt', `${secret}\n`),
      DATABASE_URL: undefined,
      DATABASE_URL_FILE: file('database', 'postgresql://elsewhere/karcis\n'),
    })
    expect(config).toMatchObject({ jwtSecret: secret, databaseUrl: 'postgresql://elsewhere/karcis' })
  })

  test('is held to the same rules', () => {
    const short = { ...production, JWT_SECRET: undefined, JWT_SECRET_FILE: file('short', 'short') }
    expect(problems(short)).toContainEqual(expect.stringContaining('JWT_SECRET: has fewer than 32'))
    const secret = production['JWT_SECRET'] ?? ''
    const equal = { ...production, LINK_SECRET: undefined, LINK_SECRET_FILE: file('equal', secret) }
    expect(problems(equal)).toContainEqual(expect.stringContaining('must differ'))
  })

  test('that cannot be read is named, whatever else is set', () => {
    const gone = { ...production, JWT_SECRET_FILE: join(folder, 'gone') }
    expect(problems(gone)).toEqual(['JWT_SECRET_FILE: the file cannot be read'])
  })
})

test.each(Object.keys(Environment.shape))('%s that is empty, or in an empty file, is not set', (name) => {
  const outcome = (change: Variables) => {
    try {
      return loadConfig({ ...production, ...change })
    } catch (error) {
      return error
    }
  }
  const unset = outcome({ [name]: undefined })
  expect(outcome({ [name]: '' })).toEqual(unset)
  expect(outcome({ [name]: undefined, [`${name}_FILE`]: '' })).toEqual(unset)
  if (SECRETS.includes(name))
    expect(outcome({ [name]: undefined, [`${name}_FILE`]: '/dev/null' })).toEqual(unset)
})

test('every setting that is a secret, or may hold a password, may stand in a file', () => {
  const secret = Object.keys(Environment.shape).filter((name) =>
    /SECRET$|TOKEN$|KEY(_PREVIOUS)?$|^(\w+_)?DATABASE_URL$|^REDIS\w*_URL$|^SMTP_URL$/.test(name),
  )
  expect(secret.sort()).toEqual([...SECRETS].sort())
})

describe('commands that read few settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'karcis-given-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  // Nobody listens there, so each command fails by naming whom it asked.
  const file = join(folder, 'database')
  writeFileSync(file, 'postgresql://karcis:from-the-file@127.0.0.1:1/karcis\n')

  const migrate = (env: Record<string, string>) =>
    spawnSync(process.execPath, ['scripts/migrate.ts', 'status'], {
      cwd: root,
      env: { NODE_ENV: 'production', ...env },
      encoding: 'utf8',
      timeout: 60_000,
    })

  test.each(['DATABASE_URL', 'DIRECT_DATABASE_URL'])('migrate reads %s_FILE', (name) => {
    const { status, stderr } = migrate({ [`${name}_FILE`]: file, DIRECT_DATABASE_URL: '' })
    expect(status).toBe(1)
    expect(stderr).toContain('127.0.0.1:1')
    expect(stderr).not.toContain('from-the-file')
  })

  test('migrate names a file that cannot be read', () => {
    const { status, stderr } = migrate({ DATABASE_URL_FILE: join(folder, 'gone') })
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('DATABASE_URL_FILE: the file cannot be read'),
    ])
    expect(stderr).not.toContain('    at ')
  })

  test('development starts no database of its own beside one that a file names', async () => {
    const redis = join(folder, 'redis')
    writeFileSync(redis, 'redis://127.0.0.1:2')
    const given = { DATA_DIR: join(folder, 'data'), DATABASE_URL_FILE: file, REDIS_URL_FILE: redis }
    const { env, stop } = await developmentEnvironment(given, () => {})
    await stop()
    expect(env).toMatchObject({
      DATABASE_URL: 'postgresql://karcis:from-the-file@127.0.0.1:1/karcis',
      REDIS_URL: 'redis://127.0.0.1:2',
    })
  })
})

describe('TRUST_PROXY', () => {
  const proxies = (TRUST_PROXY: string | undefined, base = production) =>
    loadConfig({ ...base, TRUST_PROXY }).trustedProxies.map(([address, bits]) => `${address}/${bits}`)

  test('is nobody in production and this machine in development', () => {
    expect(proxies(undefined)).toEqual([])
    expect(proxies(undefined, development)).toEqual(['127.0.0.0/8', '::1/128'])
  })

  test('takes addresses, ranges and "loopback"', () => {
    expect(proxies(' 10.1.2.3, 192.168.0.0/16 ,fd00::/8, loopback,')).toEqual([
      '10.1.2.3/32',
      '192.168.0.0/16',
      'fd00::/8',
      '127.0.0.0/8',
      '::1/128',
    ])
  })

  test.each(['true', '*', '10.0.0.0/33', 'proxy.example'])('refuses %s', (text) => {
    expect(problems({ ...production, TRUST_PROXY: text })).toEqual([
      `TRUST_PROXY: "${text}" is no address, CIDR or "loopback"`,
    ])
  })
})

describe('node src/main.ts in production with bad settings', () => {
  const values = {
    DATABASE_URL: 'mysql://root:hunter2-database@db/karcis',
    JWT_SECRET: 'hunter2-jwt',
    LINK_SECRET: 'hunter2-link',
    TICKET_SECRET: 'hunter2-link',
    MIDTRANS_SERVER_KEY: 'hunter2-midtrans',
    SMTP_URL: 'hunter2-smtp',
    METRICS_TOKEN: 'hunter2',
    CORS_ORIGINS: '*',
    CORS_CREDENTIALS: 'true',
    TRUST_PROXY: 'everyone',
  }
  let run: SpawnSyncReturns<string>
  beforeAll(() => {
    run = spawnSync(process.execPath, ['src/main.ts'], {
      cwd: root,
      env: { NODE_ENV: 'production', ...values },
      encoding: 'utf8',
      timeout: 30_000,
    })
  })

  test('exits with 1', () => {
    expect(run.status).toBe(1)
  })

  test.each([
    'DATABASE_URL',
    'REDIS_URL',
    'JWT_SECRET',
    'LINK_SECRET',
    'TICKET_SECRET',
    'PAYMENT_GATEWAY',
    'MIDTRANS_URL',
    'PUBLIC_URL',
    'SMTP_URL',
    'METRICS_TOKEN',
    'CORS_ORIGINS',
    'TRUST_PROXY',
    'JWT_SECRET, LINK_SECRET, TICKET_SECRET',
  ])('prints what is wrong with %s', (name) => {
    expect(run.stderr).toContain(`\n  ${name}: `)
  })

  test('prints no secret and no stack', () => {
    expect(run.stdout + run.stderr).not.toContain('hunter2')
    expect(run.stderr).not.toContain('    at ')
  })
})

const names = Object.keys(Environment.shape).sort()

describe('the table of README.md', () => {
  test('has every variable once', () => {
    const section = readFileSync(join(root, 'README.md'), 'utf8').split(/^## /m)
    const table = section.find((part) => part.startsWith('Configuration\n')) ?? ''
    const cells = [...table.matchAll(/^\| (`[A-Z].*?) \|/gm)].map((match) => match[1] ?? '')
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1] ?? ''))
    expect(named.sort()).toEqual(names)
  })
})

describe('.env.example', () => {
  const text = readFileSync(join(root, '.env.example'), 'utf8')
  const example = parseEnv(text)

  test('names every variable of src/config/environment.ts and no other', () => {
    expect(Object.keys(example).sort()).toEqual(names)
  })

  test('names each once', () => {
    expect([...text.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]).sort()).toEqual(names)
  })

  test('describes every variable in the line above it', () => {
    const lines = text.split('\n')
    const bare = lines.filter((line, at) => /^[A-Z_]+=/.test(line) && !/^# \S/.test(lines[at - 1] ?? ''))
    expect(bare).toEqual([])
  })

  test('shows the defaults that the server has', () => {
    expect(loadConfig({ ...example, ...development })).toEqual(loadConfig(development))
  })

  test('marks what production requires, and nothing else', () => {
    const marked = [...text.matchAll(/^# \(\*\).*\n([A-Z_]+)=/gm)].map((match) => match[1] ?? '')
    for (const name of marked) {
      expect(problems({ ...production, [name]: undefined })).toContainEqual(expect.stringContaining(name))
    }
    // These two have a value in production that differs from the default.
    expect([...marked, 'NODE_ENV', 'PAYMENT_GATEWAY'].sort()).toEqual(Object.keys(production).sort())
  })
})
