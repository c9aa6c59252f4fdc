// Who of the buyers got the mail with the tickets.
import { setTimeout as sleep } from 'node:timers/promises'
import { startMailSink } from '../payments/mail-sink.ts'

export interface Inbox {
  readonly url: string
  /** All mails so far. */
  mails(): number
  /** Resolves to true when the tickets of this address arrive, or to false after `timeoutMs`. */
  waitForTickets(email: string, timeoutMs: number): Promise<boolean>
  close(): Promise<void>
}

export async function startInbox(): Promise<Inbox> {
  const waiting = new Map<string, () => void>()
  const sink = await startMailSink(({ recipient, hasPdf }) => {
    if (hasPdf) waiting.get(recipient)?.()
  })
  return {
    url: sink.url,
    mails: sink.mails,
    close: sink.close,
    async waitForTickets(email, timeoutMs) {
      const late = new AbortController()
      const arrived = new Promise<boolean>((resolve) => waiting.set(email, () => resolve(true)))
      const gaveUp = sleep(timeoutMs, false, { signal: late.signal }).catch(() => false)
      const found = await Promise.race([arrived, gaveUp])
      late.abort()
      waiting.delete(email)
      return found
    },
  }
}
