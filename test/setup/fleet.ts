// Three processes of the server on one database and one Redis, behind the committed nginx: as in production, but for TLS.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diesWithUs, freePort, launch, type Service } from '../../scripts/services/service.ts'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { startNginx } from '../edge/nginx.ts'
import { behindPooler, createClient, prepare, type StartOptions, type TestApp, TestClock } from './app.ts'
import { eventually } from './shop.ts'

export interface Member {
  /** Past nginx. */
  readonly url: string
  /** As the kernel does when memory runs out. Resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again after it was killed. */
  start(): Promise<void>
}

/**
 * To tests it is one app, whose `url` is nginx. `app`, `prisma` and `clock` are of a process more, the test's own, which
 * serves nobody: what it does to orders is what a job process does whose clock it is.
 */
export interface Fleet extends TestApp {
  readonly members: readonly [Member, Member, Member]
}

export async function startFleet(options: StartOptions = {}): Promise<Fleet> {
  const { environment, drop } = await prepare({
    ...options,
    environment: { TRUST_PROXY: 'loopback', ...options.environment },
  })
  const clock = new TestClock()
  const app = await createApp(loadConfig(behindPooler(environment)), { clock })
  const served = behindPooler(environment)
  const members = await Promise.all([member(served), member(served), member(served)])
  const front = await startNginx({
    originPort: members.map(({ url }) => Number(new URL(url).port)),
    behindProxy: true,
  })
  return {
    app,
    url: front.url,
    prisma: app.deps.prisma,
    clock,
    databaseUrl: environment.DATABASE_URL,
    dataDir: environment.DATA_DIR,
    environment,
    members,
    ...(await createClient(front.url)),
    async close() {
      await front.stop()
      await Promise.all([app.close(), ...members.map((one) => one.kill())])
      await drop()
    },
  }
}

async function member(environment: Readonly<Record<string, string>>): Promise<Member> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const variables = { PATH: process.env['PATH'] ?? '', ...environment, PORT: String(port), PUBLIC_URL: url }
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const line = [...(await diesWithUs('SIGKILL')), 'env', '-i', ...settings, process.execPath, 'src/main.ts']
  const [command = '', ...args] = line
  let service: Service | null = null
  const one: Member = {
    url,
    async start() {
      const logFile = join(environment['DATA_DIR'] ?? tmpdir(), `process-${port}.log`)
      const started = await launch({
        name: 'Karcis',
        command,
        args,
        signal: 'SIGKILL',
        logFile,
        log: () => undefined,
      })
      service = started
      await eventually(async () => {
        if (started.ended()) throw new Error(`A process did not start.\n${await started.lastWords()}`)
        return (await fetch(`${url}/health/ready`).catch(() => null))?.ok ?? false
      }, 30)
    },
    kill: async () => service?.stop(),
  }
  await one.start()
  return one
}
