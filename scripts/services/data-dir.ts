import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, readOptional, StartError, startOf } from './processes.ts'

const secretNames = ['JWT_SECRET', 'LINK_SECRET', 'TICKET_SECRET', 'SANDBOX_SERVER_KEY']

async function create(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600)
    await handle.writeFile(text)
    await handle.close()
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function liveOwner(text: string): Promise<number | undefined> {
  const [pid, started] = text.split('\n')
  const running = await startOf(Number(pid))
  return running !== undefined && running === started ? Number(pid) : undefined
}

export async function claimDataDir(dir: string): Promise<{ release(): Promise<void> }> {
  const file = join(dir, 'lock')
  const mine = `${process.pid}\n${(await startOf(process.pid)) ?? ''}\n`
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    while (!(await create(file, mine))) await removeStale(dir, file)
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOSPC'].includes(codeOf(error) ?? '')) throw error
    throw new StartError(
      `Karcis cannot write to its data folder ${resolve(dir)} (${codeOf(error)}). Start as the user who owns it, make\n` +
        'room on its disk, or set DATA_DIR to a folder of your own.',
    )
  }
  const release = async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true })
  }
  return { release }
}

async function removeStale(dir: string, file: string): Promise<void> {
  let text = await readOptional(file)
  if (text === '') {
    // Made this moment and not written yet, or its maker died in between.
    await sleep(200)
    text = await readOptional(file)
  }
  if (text === undefined) return
  await refuseLive(dir, text)
  // Two may find the same stale lock. Moved aside and read again, the quicker one's new lock is not lost.
  const aside = `${file}.${process.pid}`
  await rename(file, aside).catch(() => {})
  const taken = await readOptional(aside)
  if (taken !== undefined && taken !== text) {
    await rename(aside, file)
    await refuseLive(dir, taken)
  }
  await rm(aside, { force: true })
}

async function refuseLive(dir: string, text: string): Promise<void> {
  const owner = await liveOwner(text)
  if (owner === undefined) return
  throw new StartError(`Karcis already runs on ${resolve(dir)} (process ${owner}). Stop it or set DATA_DIR.`)
}

/** Made once and kept, so that sessions and tickets survive a restart. */
export async function developmentSecrets(dir: string): Promise<Record<string, string>> {
  const file = join(dir, 'secrets.json')
  const text = await readOptional(file)
  let kept: unknown
  try {
    kept = JSON.parse(text ?? '{}')
  } catch {
    throw new StartError(
      `${file} is not JSON. Remove it: new secrets are made, and everyone has to log in again.`,
    )
  }
  const old = new Map(Object.entries(typeof kept === 'object' && kept !== null ? kept : {}))
  const secrets: Record<string, string> = {}
  for (const name of secretNames) {
    const value: unknown = old.get(name)
    secrets[name] = typeof value === 'string' && value ? value : randomBytes(48).toString('base64url')
  }
  const whole = `${JSON.stringify(secrets, null, 2)}\n`
  if (text !== whole.trim()) {
    await writeFile(`${file}.new`, whole, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  return secrets
}
