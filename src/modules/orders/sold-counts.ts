import type { Deps } from '../../platform/deps.ts'
import { countSold } from './queries.ts'

/** Brings Merchandise.soldCount, the key of BEST_SELLING, up to date. It lags by the time between two runs. */
export async function refreshSoldCounts({ prisma }: Pick<Deps, 'prisma'>): Promise<void> {
  const counts = await countSold(prisma)
  for (const { id, sold } of counts) {
    await prisma.merchandise.updateMany({
      where: { id, soldCount: { not: sold } },
      data: { soldCount: sold },
    })
  }
}
