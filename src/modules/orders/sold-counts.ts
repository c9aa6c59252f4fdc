import type { Deps } from '../../platform/deps.ts'
import { storeSoldCounts } from './queries.ts'

/** Brings Merchandise.soldCount, the key of BEST_SELLING, up to date. It lags by the time between two runs. */
export async function refreshSoldCounts({ prisma }: Pick<Deps, 'prisma'>): Promise<void> {
  await storeSoldCounts(prisma)
}
