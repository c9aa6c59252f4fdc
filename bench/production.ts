// How the image starts Node. What is compared with Karcis is started in the same way.
import { readFile } from 'node:fs/promises'

/** The flags that Dockerfile gives to Node. */
export async function productionFlags(): Promise<string[]> {
  const dockerfile = await readFile(new URL('../Dockerfile', import.meta.url), 'utf8')
  const command: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]')
  return command.slice(1, -1)
}

/** The same program with these flags. */
export const withFlags = ([node = '', ...rest]: readonly string[], flags: readonly string[]): string[] => [
  node,
  ...flags,
  ...rest,
]
