import type { Tx } from '../../platform/prisma.ts'

/** Keeps the sort key of PRICE_ASC and PRICE_DESC true, in the transaction that wrote a variant. */
export async function refreshMinPrice(tx: Tx, merchandiseId: string): Promise<void> {
  const { _min } = await tx.merchandiseVariant.aggregate({
    where: { merchandiseId },
    _min: { priceMinor: true },
  })
  await tx.merchandise.update({
    where: { id: merchandiseId },
    data: { minPriceMinor: _min.priceMinor ?? 0n },
  })
}
