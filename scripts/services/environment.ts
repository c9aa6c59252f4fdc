import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { givenSettings } from '../../src/config.ts'
import { claimDataDir, developmentSecrets } from './data-dir.ts'
import { startPostgres } from './postgres.ts'
import { major } from './postgres-binaries.ts'
import type { Log } from './processes.ts'
import { startRedis } from './redis.ts'

export type Environment = Record<string, string | undefined>
export type Development = { env: Environment; stop(): Promise<void> }

const root = fileURLToPath(new URL('../../', import.meta.url))

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  // Stopped just now, the server ends the connection; without a listener that would be an uncaught exception.
  client.on('error', () => {})
  await client.connect()
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}

/** Runs the closings last to first, once. One that fails does not keep the others from running. */
function closer(closings: (() => Promise<void>)[]): () => Promise<void> {
  let closing: Promise<void> | undefined
  const closeAll = async () => {
    const problems: unknown[] = []
    for (const close of [...closings].reverse()) await close().catch((error) => problems.push(error))
    if (problems.length) throw problems[0]
  }
  return () => {
    closing ??= closeAll()
    return closing
  }
}

/** What is given, by file too, and services of our own for what is not. */
export async function developmentEnvironment(
  variables: NodeJS.ProcessEnv,
  log: Log = console.log,
): Promise<Development> {
  const env: Environment = givenSettings(variables)
  const dataDir = resolve(env.DATA_DIR || join(root, '.data'))
  const claim = await claimDataDir(dataDir)
  const closings = [claim.release]
  const stop = closer(closings)

  const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const began = performance.now()
    const result = await work
    log(`${name} ready (${((performance.now() - began) / 1000).toFixed(1)} s)`)
    return result
  }
  const database = async () => {
    const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), log })
    closings.push(postgres.stop)
    await createDatabase(postgres.url(), 'karcis')
    return postgres.url('karcis')
  }
  const cache = async () => {
    const redis = await startRedis({ dataDir: join(dataDir, 'redis'), log })
    closings.push(redis.stop)
    return redis.url
  }

  try {
    // Both are waited for even when one fails, or the slower one would be left running.
    const [databaseUrl, redisUrl] = await Promise.allSettled([
      env.DATABASE_URL || timed(`PostgreSQL ${major}`, database()),
      env.REDIS_URL || timed('Redis', cache()),
    ])
    if (databaseUrl.status === 'rejected') throw databaseUrl.reason
    if (redisUrl.status === 'rejected') throw redisUrl.reason

    const filled: Environment = { ...env, DATABASE_URL: databaseUrl.value, REDIS_URL: redisUrl.value }
    filled.DATA_DIR = dataDir
    for (const [name, secret] of Object.entries(await developmentSecrets(dataDir))) filled[name] ||= secret
    return { env: filled, stop }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}
