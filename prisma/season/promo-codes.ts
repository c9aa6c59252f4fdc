import type { Prisma } from '../../src/platform/prisma.ts'
import { daysAfter } from './calendar.ts'
import { idOf } from './random.ts'
import type { OrganizerKey } from './spec.ts'

type Spec = Pick<
  Prisma.PromoCodeCreateManyInput,
  'kind' | 'percentage' | 'amountMinor' | 'currencyCode' | 'maxUses' | 'maxPerBuyer'
>

// Two to try: a part of everything, and an amount that runs out.
const promoCodes: readonly (readonly [code: string, organizer: OrganizerKey, spec: Spec])[] = [
  ['PANGGUNG10', 'panggung', { kind: 'PERCENTAGE', percentage: 10 }],
  [
    'KAMPUS25K',
    'gelora',
    { kind: 'AMOUNT', amountMinor: 2_500_000n, currencyCode: 'IDR', maxUses: 100, maxPerBuyer: 1 },
  ],
]

export const buildPromoCodes = (now: Date): Prisma.PromoCodeCreateManyInput[] =>
  promoCodes.map(([code, organizer, spec]) => ({
    id: idOf(`promo code ${code}`),
    organizerId: idOf(`organizer ${organizer}`),
    code,
    createdAt: daysAfter(now, -30),
    ...spec,
  }))
