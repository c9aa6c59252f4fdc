// What goes wrong on the way.
import { type Answer, core } from './ledger.ts'

export type Fault =
  /** 500, nothing done. */
  | 'fail'
  /** 429, nothing done. */
  | 'busy'
  /** 429, nothing done, and when to come back: a number of seconds, or a date. */
  | { readonly busyFor: string }
  /** 202: an earlier call under this key is still in process. */
  | 'processing'
  /** The connection breaks before anything is done. */
  | 'drop'
  /** The connection breaks when the work is done: the answer is lost. */
  | 'lose'
  /** The call is taken and neither worked nor answered. */
  | 'hang'
  /** The work is done at once, the answer comes late. */
  | { readonly answerAfterMs: number }
  /** The work is done late: until then the same key is told that it is in process. */
  | { readonly workAfterMs: number }
  /** Says this instead, and does nothing. */
  | { readonly say: Answer }

export function mishap(fault: Fault | undefined): Answer | null {
  if (fault === 'fail') return { status: 500, body: { status_code: '500' } }
  if (fault === 'busy') return { status: 429, body: { status_code: '429' } }
  if (fault === 'processing') return { status: 202, body: {} }
  if (typeof fault !== 'object') return null
  if ('busyFor' in fault)
    return { status: 429, body: { status_code: '429' }, headers: { 'Retry-After': fault.busyFor } }
  return 'say' in fault ? fault.say : null
}

/** Successes under a key are given again for five minutes, whatever the endpoint. */
export class Keys {
  private readonly stored = new Map<string, Answer>()
  private readonly inProcess = new Set<string>()

  /** Null when the key is new: then `finish` is due. */
  begin(key: string): Answer | null {
    const before = this.stored.get(key)
    if (before) return before
    if (this.inProcess.has(key)) return { status: 202, body: {} }
    this.inProcess.add(key)
    return null
  }

  /** Permata's virtual accounts are not covered by the key. */
  finish(key: string, request: string, answer: Answer): void {
    this.inProcess.delete(key)
    const isSuccess = JSON.stringify(answer.body).includes('"status_code":"20') || answer.status === 201
    if (isSuccess && !request.includes('permata')) this.stored.set(key, answer)
  }

  forget(): void {
    this.stored.clear()
  }
}

export const refusedCall = (method: string, path: string, key: string | null, type: string | undefined) => {
  if (method === 'GET') return null
  // Midtrans takes calls without a key, and ignores a key that is too long. Ours has one that counts where it matters.
  const needsKey = !/\/(cancel|expire)$/.test(path)
  if ((needsKey && !key) || (key && key.length > 46)) return core('400')
  return type === 'application/json' ? null : core('400')
}
