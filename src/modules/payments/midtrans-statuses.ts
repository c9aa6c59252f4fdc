// Which transaction_status Midtrans documents with which status_code and fraud_status: docs/midtrans-contract.md, "Pairs". A
// notification's signature covers its code and not its status, so a pair that is not here proves nothing.

/** REFUND and CHARGEBACK: money went back. CHALLENGE: a person at the provider decides. */
export type Meaning = 'PENDING' | 'SETTLED' | 'FAILED' | 'EXPIRED' | 'REFUND' | 'CHARGEBACK' | 'CHALLENGE'

type Row = readonly [
  status: string,
  codes: readonly string[],
  /** '' where there is none; null: it says nothing of this status. */
  fraud: readonly string[] | null,
  meaning: Meaning,
]

export const DOCUMENTED: readonly Row[] = [
  ['pending', ['201'], null, 'PENDING'],
  ['authorize', ['200', '201'], null, 'PENDING'],
  ['capture', ['200'], ['accept'], 'SETTLED'],
  ['capture', ['200', '201'], ['challenge'], 'CHALLENGE'],
  ['settlement', ['200'], ['accept', ''], 'SETTLED'],
  ['deny', ['200', '202'], null, 'FAILED'],
  ['cancel', ['200', '202'], null, 'FAILED'],
  ['failure', ['200', '202'], null, 'FAILED'],
  ['expire', ['202', '407'], null, 'EXPIRED'],
  ['refund', ['200'], null, 'REFUND'],
  ['partial_refund', ['200'], null, 'REFUND'],
  ['chargeback', ['200'], null, 'CHARGEBACK'],
  ['partial_chargeback', ['200'], null, 'CHARGEBACK'],
]

const STATUSES = new Set(DOCUMENTED.map(([status]) => status))

/** What a status means; UNDOCUMENTED where it does not go with its code or fraud_status, UNKNOWN where it is none of theirs. */
export function meaningOf({
  transaction_status,
  status_code,
  fraud_status,
}: {
  readonly transaction_status: string
  readonly status_code: string
  readonly fraud_status?: string | null | undefined
}): Meaning | 'UNDOCUMENTED' | 'UNKNOWN' {
  const fraud = (fraud_status ?? '').toLowerCase()
  const row = DOCUMENTED.find(
    ([status, codes, frauds]) =>
      status === transaction_status && codes.includes(status_code) && (frauds?.includes(fraud) ?? true),
  )
  return row?.[3] ?? (STATUSES.has(transaction_status) ? 'UNDOCUMENTED' : 'UNKNOWN')
}
