import { readFileSync } from 'node:fs'
import { SECRETS, type Variables } from './environment.ts'

/** Settings as they were given, and what of them cannot be read, one line each. */
export interface Given {
  readonly given: Record<string, string | undefined>
  readonly problems: readonly string[]
}

/**
 * The settings for every command: an empty one is not set, and a secret may stand in a file, NAME_FILE, which wins over NAME.
 */
export function readGiven(variables: Variables): Given {
  const problems: string[] = []
  // `NAME=` in an environment file, or `${NAME:-}` in a compose file, means "not set".
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value))
  for (const name of SECRETS) {
    const file = given[`${name}_FILE`]
    if (!file) continue
    try {
      given[name] = readFileSync(file, 'utf8').trim() || undefined
    } catch {
      problems.push(`${name}_FILE: the file cannot be read`)
    }
  }
  return { given, problems }
}
