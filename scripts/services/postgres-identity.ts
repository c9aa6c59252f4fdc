import { createHash } from 'node:crypto'
import { chown, lstat, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { copyBinaries, linkLibraries } from './postgres-binaries.ts'
import { type Log, outputOf, StartError } from './processes.ts'

export type Home = {
  /** Holds bin, lib and share. */
  native: string
  /** Holds the cluster and its password. */
  dataDir: string
  /** Put before every command. */
  prefix: string[]
  identity?: { uid: number; gid: number }
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const [uid, gid] = [await outputOf('id', '-u', name), await outputOf('id', '-g', name)]
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new StartError(
    'PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody" to run it as.\n' +
      'Start as another user, or set DATABASE_URL to a PostgreSQL server of your own.',
  )
}

/**
 * PostgreSQL refuses to run as root, and the user it may run as cannot pass folders that only root may enter.
 * So that user gets the one capability to pass them. The bit which keeps it through access(2) matters: initdb
 * looks for its programs with that call, which otherwise judges by the user alone.
 */
async function capabilityPrefix(
  identity: { uid: number; gid: number },
  native: string,
): Promise<string[] | undefined> {
  for (const capability of ['dac_read_search', 'dac_override']) {
    const only = `-all,+${capability}`
    const drop = [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--clear-groups']
    const keep = [`--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`]
    const prefix = ['setpriv', ...drop, ...keep, '--securebits=+no_setuid_fixup', '--pdeathsig', 'INT', '--']
    const [command = '', ...rest] = prefix
    const reached = await outputOf(
      command,
      ...rest,
      'sh',
      '-c',
      '"$0" --version',
      join(native, 'bin', 'initdb'),
    )
    if (reached?.startsWith('initdb')) return prefix
  }
}

/** A folder with a name known to all in a place open to all: trusted only when root made it. */
async function rootsFolder(path: string): Promise<string> {
  await mkdir(path, { mode: 0o711 }).catch(() => {})
  const found = await lstat(path)
  if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return path
  throw new StartError(`${path} was made by someone else. Remove it, then start again.`)
}

/** Where and as whom PostgreSQL runs when we are root. */
export async function rootsHome(native: string, dataDir: string, log: Log): Promise<Home> {
  const linked = await linkLibraries(native, dataDir)
  const owner = await stat(join(dataDir, 'cluster')).catch(() => undefined)
  // Data that a user made stay that user's, so that both `npm start` and `sudo npm start` work on them.
  const identity = owner?.uid ? { uid: owner.uid, gid: owner.gid } : await unprivilegedUser()
  const prefix = await capabilityPrefix(identity, linked)
  if (prefix) return { native: linked, dataDir, prefix, identity }

  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const folder = await rootsFolder(`/var/tmp/karcis-${hash}`)
  log(`PostgreSQL may not run as root and no other user can enter ${dataDir}: its files are in ${folder}`)
  return { native: await copyBinaries(native, folder), dataDir: folder, prefix: [], identity }
}

export async function giveTo(path: string, identity?: { uid: number; gid: number }): Promise<void> {
  if (identity) await chown(path, identity.uid, identity.gid)
}
