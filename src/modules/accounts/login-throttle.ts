import type { DelayedCount, DelayTimes, GrowingDelay } from '../../platform/growing-delay.ts'
import type { HideKey } from '../../platform/hidden-key.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import { networksOf } from '../../platform/network.ts'
import { openNetworkLimiter } from '../../platform/network-limiter.ts'

/** Who tries to sign in. */
export interface LoginAttempt {
  /** In the form in which accounts store it. */
  readonly email: string
  readonly ip: string
  readonly hasAccount: boolean
  /** What shows that the account signed in from here before: a session's id, or that its network was seen; else null. */
  readonly known: { readonly sessionId: string } | 'network' | null
}

/** What an attempt was let through with, to be given back when it is over. */
export interface LoginPass {
  readonly attempt: LoginAttempt
  readonly counts: readonly DelayedCount[]
  /** From this network only what is right is told: seconds until the pause is over, or null. */
  readonly pausedSeconds: number | null
}

/** Why an attempt is not let through. */
export interface LoginRefusal {
  readonly retryAfterSeconds: number
  /** It is to cost the time of a password all the same: else it would tell that there is no such account. */
  readonly asCostly: boolean
}

/** Counts failed attempts to sign in. The rules stand in docs/decisions/0041-signing-in.md. */
export interface LoginThrottle {
  /**
   * Counts an attempt before the password is looked at, so that guesses made in parallel count each. One that is refused counts
   * nowhere.
   */
  consume(attempt: LoginAttempt): Promise<LoginPass | LoginRefusal>
  /** The password was right: forgets what failed here for this e-mail, and takes the attempt back elsewhere. */
  succeed(pass: LoginPass): Promise<void>
  /** The password was never looked at: takes the attempt back. */
  undo(pass: LoginPass): Promise<void>
}

const WINDOW_SECONDS = 15 * 60
// Of the narrowest network, with any e-mail: from then on e-mails without an account are not looked at.
const FAILURES_PER_NETWORK = 50
// With e-mails of accounts: many honest people share a carrier's address, and some of them mistype.
const ACCOUNT_FAILURES_PER_NETWORK = 200

/** How many failures for one e-mail are free: from its network, by width, and from all places where it never signed in. */
const FREE = [5, 10, 20] as const
const FREE_ANYWHERE = 100

/** 5 failures are free, then 8 s, 16 s, … up to 15 minutes. */
export const LOGIN_DELAYS: DelayTimes = { first: 8, longest: 15 * 60, memory: WINDOW_SECONDS }

/** The throttle of all replicas, in Redis; each process counts for itself while Redis is away. */
export function createLoginThrottle(
  openLimiter: OpenLimiter,
  delays: GrowingDelay,
  hide: HideKey,
): LoginThrottle {
  const limit = { points: FAILURES_PER_NETWORK, seconds: WINDOW_SECONDS }
  const byNetwork = openNetworkLimiter(openLimiter, 'login-network', limit)
  const withAccount = openNetworkLimiter(openLimiter, 'login-accounts', {
    ...limit,
    points: ACCOUNT_FAILURES_PER_NETWORK,
  })
  function countsOf({ email, ip, known }: LoginAttempt): DelayedCount[] {
    const count = (where: string, free: number): DelayedCount => ({
      key: `karcis:login:{${hide(email)}}:${hide(where)}`,
      free,
    })
    if (known && known !== 'network') return [count(`session ${known.sessionId}`, FREE[0])]
    const networks = networksOf(ip).map((network, width) =>
      count(`network ${network}`, FREE[width] ?? FREE_ANYWHERE),
    )
    return known ? networks.slice(0, 1) : [...networks, count('anywhere', FREE_ANYWHERE)]
  }

  async function giveBack({ ip, hasAccount }: LoginAttempt): Promise<void> {
    await byNetwork.giveBack(ip)
    if (hasAccount) await withAccount.giveBack(ip)
  }

  return {
    async consume(attempt) {
      const { ip, hasAccount, known } = attempt
      // The network first: otherwise one client could fill Redis with an entry for every e-mail it makes up.
      const network = await byNetwork.take(ip)
      const accounts = hasAccount ? await withAccount.take(ip) : null
      const pausedSeconds = known || network.allowed ? null : network.resetSeconds
      if (pausedSeconds !== null && !accounts?.allowed) {
        await giveBack(attempt)
        return {
          retryAfterSeconds: Math.max(pausedSeconds, accounts?.resetSeconds ?? 1),
          asCostly: !accounts && (await withAccount.hasLeft(ip)),
        }
      }
      const counts = countsOf(attempt)
      const wait = await delays.attempt(counts)
      if (wait === null) return { attempt, counts, pausedSeconds }
      await giveBack(attempt)
      return { retryAfterSeconds: wait, asCostly: false }
    },
    async succeed({ attempt, counts }) {
      // Only its own attempt: an account of one's own must not wash away guesses at others.
      await giveBack(attempt)
      const [here, ...elsewhere] = counts
      if (here) await delays.forget([here])
      if (elsewhere.length > 0) await delays.undo(elsewhere)
    },
    async undo({ attempt, counts }) {
      await giveBack(attempt)
      await delays.undo(counts)
    },
  }
}
