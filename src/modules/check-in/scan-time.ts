/** When a scan was, and what the gate said where that cannot have been. */
export interface ScanTime {
  readonly scannedAt: Date
  readonly claimedAt: Date | null
}

/**
 * The time of a scan that arrived at `now`. A gate that was offline says later when it scanned, and is believed where that is
 * possible. A time before `earliest`, or one to come, says only that its clock is wrong: then the scan was when it arrived, and
 * what was said is kept.
 */
export function scanTime(claimed: Date | null, earliest: Date, now: Date): ScanTime {
  if (claimed === null) return { scannedAt: now, claimedAt: null }
  const possible = claimed >= earliest && claimed <= now
  return possible ? { scannedAt: claimed, claimedAt: null } : { scannedAt: now, claimedAt: claimed }
}
