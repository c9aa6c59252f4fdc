import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { Environment } from '../src/config/environment.ts'
import { loadConfig } from '../src/config.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const dockerfile = read('Dockerfile')
const composeText = read('docker-compose.yml')

const Limits = z.object({ cpus: z.string(), memory: z.string() })
const Service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  restart: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.union([z.object({ test: z.array(z.string()) }), z.object({ disable: z.literal(true) })]),
  deploy: z.object({ resources: z.object({ limits: Limits }) }),
})
const Compose = z.object({
  services: z.object({
    postgres: Service,
    redis: Service,
    'redis-cache': Service,
    migrate: Service,
    api: Service,
    worker: Service,
    organizer: Service.extend({ entrypoint: z.array(z.string()), profiles: z.array(z.string()) }),
  }),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
})
const { services, networks } = Compose.parse(parse(composeText, { merge: true }))

// ${NAME:?message} and ${NAME:-default}, as docker compose has them.
const VARIABLE = /\$\{(\w+)(?::([?-])([^}]*))?\}/g

const samples: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'sample-postgres-password',
  PUBLIC_URL: 'https://karcis.example',
  JWT_SECRET: 'sample-jwt-secret-0123456789-0123456789',
  LINK_SECRET: 'sample-link-secret-0123456789-0123456789',
  TICKET_SECRET: 'sample-ticket-secret-0123456789-0123456789',
  DOCUMENT_LINK_SECRET: 'sample-document-secret-0123456789-0123456789',
  MIDTRANS_SERVER_KEY: 'sample-midtrans-server-key',
  MIDTRANS_URL: 'https://api.midtrans.com',
  SMTP_URL: 'smtps://user:password@mail.example',
  MAIL_FROM: 'Karcis <tiket@karcis.example>',
  METRICS_TOKEN: 'sample-metrics-token-0123456789',
}

const filled = (environment: Readonly<Record<string, string>>, given = samples) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(VARIABLE, (_all, variable: string, kind: string | undefined, rest = '') => {
        const found = given[variable]
        if (found) return found
        if (kind === '?') throw new Error(`${variable} is required`)
        return rest
      }),
    ]),
  )

describe('docker-compose.yml', () => {
  test.each(['api', 'worker', 'organizer'] as const)(
    'gives %s every setting that production requires',
    (name) => {
      const config = loadConfig(filled(services[name].environment))
      expect(config).toMatchObject({
        environment: 'production',
        port: 4000,
        host: '0.0.0.0',
        paymentGateway: 'midtrans',
        databaseUrl: 'postgresql://karcis:sample-postgres-password@postgres:5432/karcis',
        redisUrl: 'redis://redis:6379',
        redisCacheUrl: 'redis://redis-cache:6379',
        runJobs: false,
      })
    },
  )

  test.each(Object.keys(samples))('does not start without %s', (missing) => {
    const { [missing]: _left, ...rest } = samples
    expect(() => filled(services.api.environment, rest)).toThrow(`${missing} is required`)
  })

  // Fixed by the file, by the image, or of no use in production.
  const own = ['PORT', 'HOST', 'DATA_DIR', 'RUN_JOBS', 'SANDBOX_SERVER_KEY']

  test.each(['api', 'worker', 'migrate', 'organizer'] as const)(
    'gives %s every setting of src/config/environment.ts, by its own name and without a second default',
    (name) => {
      const { environment } = services[name]
      expect([...Object.keys(environment), ...own].sort()).toEqual(Object.keys(Environment.shape).sort())
      for (const [setting, value] of Object.entries(environment)) {
        if (!value.startsWith('${')) continue
        expect(value).toMatch(new RegExp(`^\\$\\{${setting}:(\\?[^}]+|-)\\}$`))
      }
    },
  )

  test('leaves what nobody set to the defaults of the server', () => {
    const passed = filled(services.api.environment)
    const set = Object.fromEntries(Object.entries(passed).filter(([, value]) => value !== ''))
    expect(Object.keys(passed).length - Object.keys(set).length).toBeGreaterThan(35)
    expect(loadConfig(passed)).toEqual(loadConfig(set))
  })

  test('hands on what somebody set', () => {
    const given = {
      ...samples,
      HOLD_TTL_SECONDS: '77',
      WORKER_PORT: '9100',
      CDN: 'varnish',
      CDN_PURGE_URL: 'http://v',
    }
    const config = loadConfig(filled(services.worker.environment, given))
    expect(config).toMatchObject({ holdTtlSeconds: 77, workerPort: 9100, cdn: { kind: 'varnish' } })
  })

  test('does not start when two secrets are the same', () => {
    const careless = { ...samples, LINK_SECRET: samples['JWT_SECRET'] ?? '' }
    expect(() => loadConfig(filled(services.api.environment, careless))).toThrow('must differ')
  })

  test('holds no secret: every one is a variable without a default', () => {
    for (const { environment } of Object.values(services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/SECRET|PASSWORD|TOKEN$|KEY$|SMTP_URL/.test(name))
          expect(value).toMatch(/^\$\{\w+:(\?[^}]+|-)\}$/)
      }
    }
    expect(composeText).not.toMatch(/:\/\/\w+:[^$/\s]+@(?!host)/)
    expect(dockerfile).not.toMatch(/^(ENV|ARG).*(SECRET|PASSWORD|TOKEN|KEY)/m)
  })

  test('publishes the port of the API and no other', () => {
    const published = Object.entries(services).flatMap(([name, { ports }]) =>
      ports.map((port) => [name, port]),
    )
    expect(published).toEqual([['api', expect.stringMatching(/:4000$/)]])
    expect(networks['data']?.internal).toBe(true)
    for (const { networks: own } of [services.postgres, services.redis, services['redis-cache']])
      expect(own).toEqual(['data'])
  })

  test('checks the health of everything that stays up, and bounds and restarts it', () => {
    const { migrate, organizer, ...lasting } = services
    for (const service of Object.values(lasting)) {
      expect(service.healthcheck).toHaveProperty('test')
      expect(service.restart).toBe('unless-stopped')
      expect(service.deploy.resources.limits.memory).toMatch(/^\d+[mg]$/)
    }
    expect(migrate).toMatchObject({ restart: 'no', healthcheck: { disable: true } })
    expect(organizer).toMatchObject({ restart: 'no', healthcheck: { disable: true }, profiles: ['tools'] })
  })

  test('migrates before anything serves, on a database that answers', () => {
    const ready = {
      migrate: { condition: 'service_completed_successfully' },
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      'redis-cache': { condition: 'service_healthy' },
    }
    expect(services.api.depends_on).toEqual(ready)
    expect(services.worker.depends_on).toEqual(ready)
    expect(services.migrate.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
  })

  test('keeps every job: Redis writes to disk and evicts nothing', () => {
    const command = services.redis.command?.join(' ')
    expect(command).toContain('--appendonly yes')
    expect(command).toContain('--maxmemory-policy noeviction')
  })

  test('gives what guests make a Redis of its own, which evicts rather than refuse', () => {
    const command = services['redis-cache'].command?.join(' ')
    expect(command).toMatch(/--maxmemory \d+mb --maxmemory-policy allkeys-lru/)
  })

  test('runs files that exist', () => {
    const organizer = { command: services.organizer.entrypoint }
    for (const { command } of [services.migrate, services.worker, organizer]) {
      expect(command?.[0]).toBe('node')
      expect(existsSync(join(root, command?.[1] ?? ''))).toBe(true)
    }
  })

  test.each(['api', 'worker'] as const)('has a health check for %s that is JavaScript', (name) => {
    const { healthcheck } = services[name]
    const [, node, flag, script = ''] = 'test' in healthcheck ? healthcheck.test : []
    expect([node, flag]).toEqual(['node', '-e'])
    expect(() => new Script(script)).not.toThrow()
    // docker compose would take it for a variable.
    expect(script).not.toContain('$')
  })
})

describe('the Dockerfile', () => {
  const lines = dockerfile.replaceAll('\\\n', ' ').split('\n')
  const copies = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
  const finalStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))

  test('copies what the repository has', () => {
    expect(copies).toContain('src')
    expect(copies.filter((source) => !existsSync(join(root, source)))).toEqual([])
  })

  test('copies what .dockerignore lets through', () => {
    const ignore = read('.dockerignore').split('\n')
    expect(ignore).toContain('*')
    const allowed = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    expect(copies.filter((source) => !allowed.some((path) => `${source}/`.startsWith(`${path}/`)))).toEqual(
      [],
    )
    expect(ignore).toContain('src/generated')
  })

  test('generates the client where the generator is, and takes it along', () => {
    expect(dockerfile).toContain('node scripts/generate.ts')
    expect(finalStage).toContain('COPY --from=build /app/src/generated ./src/generated')
    expect(finalStage).toContain('npm ci --omit=dev --ignore-scripts')
  })

  test('installs nothing whose install script would be missed at run time', () => {
    const Lock = z.object({
      packages: z.record(
        z.string(),
        z.object({
          hasInstallScript: z.boolean().optional(),
          dev: z.boolean().optional(),
          devOptional: z.boolean().optional(),
        }),
      ),
    })
    const { packages } = Lock.parse(JSON.parse(read('package-lock.json')))
    const scripted = Object.entries(packages)
      .filter(([path, entry]) => path && entry.hasInstallScript && !entry.dev && !entry.devOptional)
      .map(([path]) => path)
    // Its script only looks whether the ready binary, a package of its own, loads; without it msgpackr uses JavaScript.
    expect(scripted).toEqual(['node_modules/msgpackr-extract'])
  })

  test('has every file that its processes and migrations import', () => {
    const inImage = finalStage
      .split('\n')
      .filter((line) => line.startsWith('COPY '))
      .flatMap((line) => line.replace('/app/', '').split(/\s+/).slice(1, -1))
    const needed = new Set(['src/main.ts', 'src/worker.ts', 'scripts/migrate.ts', 'scripts/organizer.ts'])
    // A Set visits what is added while it is walked.
    for (const file of needed) {
      const imports = read(file).matchAll(/^(?:import '|(?:import |export |\}).*\bfrom ')(\.[^']+\.ts)'/gm)
      for (const [, target = ''] of imports) needed.add(join(dirname(file), target))
    }
    expect(needed.size).toBeGreaterThan(50)
    expect([...needed].filter((file) => !inImage.some((path) => `${file}/`.startsWith(`${path}/`)))).toEqual(
      [],
    )
    expect(inImage).toEqual(expect.arrayContaining(['prisma', 'persisted-queries', 'src/generated']))
  })

  test('runs the server as an unprivileged user, and checks that it lives', () => {
    expect(finalStage).toMatch(/^USER node$/m)
    expect(finalStage).toContain('/health/live')
    const command = /^CMD (\[.*\])$/m.exec(finalStage)?.[1] ?? '[]'
    const words: string[] = JSON.parse(command)
    expect([words.at(0), words.at(-1)]).toEqual(['node', 'src/main.ts'])
    const started = spawnSync(process.execPath, [...words.slice(1, -1), '--eval', '""'], { encoding: 'utf8' })
    expect(started).toMatchObject({ status: 0, stderr: '' })
    expect(existsSync(join(root, 'src/main.ts'))).toBe(true)
  })
})
