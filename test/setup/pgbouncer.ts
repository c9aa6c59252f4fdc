// A real PgBouncer before a database server, in transaction mode. Everything else is as it comes, but for addresses and who
// may connect.
import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../scripts/services/debian-programs.ts'
import { freePort } from '../../scripts/services/service.ts'
import { startFront } from '../edge/fronts.ts'

export interface PgBouncer {
  readonly port: string
  /** The same database, through the pooler. */
  through(url: string): string
  stop(): Promise<void>
}

/** `serverUrl`: of any database of the server. `more`: lines for its settings. */
export async function startPgBouncer(serverUrl: string, more = ''): Promise<PgBouncer> {
  const program = await findProgram({ files: ['/usr/sbin/pgbouncer'], packages: ['pgbouncer'] })
  const { username, password, hostname, port: serverPort } = new URL(serverUrl)
  const folder = await mkdtemp(join(tmpdir(), 'karcis-pgbouncer-'))
  // It does not run as root, and so reads as another user what we write.
  await chmod(folder, 0o755)
  const port = await freePort()
  const users = join(folder, 'users.txt')
  const settings = join(folder, 'pgbouncer.ini')
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`)
  await writeFile(
    settings,
    `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
${more}
`,
  )
  const args = [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), settings]
  const { stop } = await startFront({ program, args, port, folder })
  return {
    port: String(port),
    through(url) {
      const pooled = new URL(url)
      pooled.port = String(port)
      return pooled.href
    },
    stop,
  }
}
