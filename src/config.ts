import { type Config, configOf } from './config/config-of.ts'
import { Environment, type Variables } from './config/environment.ts'
import { readGiven } from './config/given.ts'
import { isProduction, refusals } from './config/refusals.ts'
import { parseAddressRanges } from './http/client-ip.ts'

/** Everything that is wrong with the settings, one line each. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(['These settings are not valid:', ...problems.map((problem) => `  ${problem}`)].join('\n'))
  }
}

/** Reads the settings, all mistakes at once. A secret may stand in a file: NAME_FILE instead of NAME. */
export function loadConfig(variables: Variables = process.env): Config {
  const { given, problems: unread } = readGiven(variables)
  const problems = [...unread]
  const parsed = Environment.safeParse(given)
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  }
  const proxies = parseAddressRanges(given['TRUST_PROXY'] ?? (isProduction(given) ? '' : 'loopback'))
  if ('problem' in proxies) problems.push(`TRUST_PROXY: ${proxies.problem}`)
  const sources = parseAddressRanges(given['MIDTRANS_WEBHOOK_SOURCES'] ?? '')
  if ('problem' in sources) problems.push(`MIDTRANS_WEBHOOK_SOURCES: ${sources.problem}`)
  problems.push(...refusals(given))
  if (!parsed.success || 'problem' in proxies || 'problem' in sources || problems.length > 0)
    throw new ConfigError(problems)
  return configOf(parsed.data, proxies, sources.length > 0 ? sources : null)
}

/** Settings for a command that needs few of them, unchecked but readable. Throws `ConfigError` where a secret's file is not. */
export function givenSettings(variables: Variables = process.env): Record<string, string | undefined> {
  const { given, problems } = readGiven(variables)
  if (problems.length > 0) throw new ConfigError(problems)
  return given
}
