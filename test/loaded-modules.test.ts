import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { prepare } from './setup/app.ts'
import { production } from './setup/production.ts'
import { eventually } from './setup/shop.ts'

/** The packages that a process of the server has loaded when it is ready. */
async function packagesOf(settings: Readonly<Record<string, string>>): Promise<Set<string>> {
  const { environment, url, drop } = await prepare({ environment: settings })
  const child = spawn(process.execPath, ['--import', './test/setup/print-modules.ts', 'src/main.ts'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const files = child.stdout.setEncoding('utf8').reduce((text: string, chunk: string) => text + chunk, '')
  try {
    await eventually(async () => (await fetch(`${url}/health/ready`).catch(() => null))?.ok ?? false, 30)
  } finally {
    child.kill('SIGTERM')
    await ended
    await drop()
  }
  return new Set(
    [...(await files).matchAll(/.*\/node_modules\/((?:@[^/]+\/)?[^/\n]+)/g)].map(([, name = '']) => name),
  )
}

// In an HTTP process these were 50 MB that nobody used.
const ELSEWHERE = [
  '@bull-board/api',
  '@graphql-yoga/render-graphiql',
  'bullmq',
  'fontkit',
  'nodemailer',
  'pdfkit',
  'piscina',
  'postal-mime',
  'qrcode',
]

test('a server without jobs has loaded nothing that only jobs, drawings and pages of development need', async () => {
  const loaded = await packagesOf(production)
  expect(loaded).toContain('graphql-yoga')
  expect(ELSEWHERE.filter((name) => loaded.has(name))).toEqual([])
})

test('a server with jobs loads at its start what they need', async () => {
  const loaded = await packagesOf({ RUN_JOBS: 'true' })
  expect(loaded).toContain('bullmq')
  expect(loaded).toContain('nodemailer')
})
