import type { Prisma } from '../../src/platform/prisma.ts'
import { daysAfter, hoursAfter } from './calendar.ts'
import { merchandise } from './catalogue.ts'
import { lockedAccounts } from './people.ts'
import type { SoldItem } from './plan-carts.ts'
import { idOf, randomFrom } from './random.ts'
import { reviews } from './reviews.ts'
import { type MerchandiseSpec, minorOf } from './spec.ts'

export interface MerchandiseRows {
  readonly item: Prisma.MerchandiseCreateManyInput
  readonly variants: Prisma.MerchandiseVariantCreateManyInput[]
  readonly reviews: Prisma.ReviewCreateManyInput[]
  /** Slug of the event whose buyers take it along; null: it sells by itself. */
  readonly event: string | null
  readonly sold: SoldItem[]
}

export const buildMerchandise = (now: Date): MerchandiseRows[] =>
  merchandise.map((spec) => buildItem(now, spec))

function buildItem(now: Date, spec: MerchandiseSpec): MerchandiseRows {
  const id = idOf(`merchandise ${spec.slug}`)
  const written = reviewsOf(now, id, spec.slug)
  const ratingSum = written.reduce((sum, review) => sum + review.rating, 0)
  // Before the oldest review and the oldest sale.
  const createdAt = hoursAfter(now, -24 * 36 - randomFrom(`merchandise ${spec.slug}`).between(1, 800))
  const sold = spec.variants.flatMap(([name, , options = {}]): SoldItem[] =>
    options.sold
      ? [
          {
            kind: 'MERCHANDISE',
            id: variantId(spec, name),
            name: `${spec.name} – ${name}`,
            priceMinor: minorOf(options.rupiah ?? spec.rupiah),
            units: options.sold,
            max: 2,
          },
        ]
      : [],
  )
  return {
    item: {
      id,
      organizerId: idOf(`organizer ${spec.organizer}`),
      eventId: spec.event ? idOf(`event ${spec.event}`) : null,
      slug: spec.slug,
      name: spec.name,
      description: spec.description,
      categories: [...spec.categories],
      tags: [...spec.tags],
      imageUrls: [1, 2].map((n) => `https://images.karcis.test/merchandise/${spec.slug}-${n}.jpg`),
      published: spec.published ?? true,
      minPriceMinor: minorOf(
        Math.min(...spec.variants.map(([, , options]) => options?.rupiah ?? spec.rupiah)),
      ),
      ratingSum,
      reviewCount: written.length,
      ratingCenti: written.length === 0 ? 0 : Math.round((ratingSum * 100) / written.length),
      soldCount: sold.reduce((sum, variant) => sum + variant.units, 0),
      createdAt,
      updatedAt: createdAt,
    },
    variants: spec.variants.map(([name, stock, options = {}], position) => ({
      id: variantId(spec, name),
      merchandiseId: id,
      sku: `${spec.sku}-${name.replace(/[^A-Za-z0-9]+/g, '').toUpperCase()}`,
      name,
      priceMinor: minorOf(options.rupiah ?? spec.rupiah),
      compareAtPriceMinor: options.compareAt === undefined ? null : minorOf(options.compareAt),
      currencyCode: 'IDR',
      stock,
      remaining: stock - (options.sold ?? 0),
      position,
    })),
    reviews: written,
    event: spec.event ?? null,
    sold,
  }
}

const variantId = (spec: MerchandiseSpec, name: string): string => idOf(`variant ${spec.slug} ${name}`)

function reviewsOf(now: Date, merchandiseId: string, slug: string): Prisma.ReviewCreateManyInput[] {
  const random = randomFrom(`reviews ${slug}`)
  return (reviews[slug] ?? []).map(([reviewer, rating, daysAgo, body]) => {
    const email = `${reviewer}@surel.test`
    return {
      id: idOf(`review ${slug} ${reviewer}`),
      merchandiseId,
      accountId: idOf(`account ${email}`),
      author: lockedAccounts.find((account) => account.email === email)?.name ?? reviewer,
      rating,
      body,
      createdAt: hoursAfter(daysAfter(now, -daysAgo), -random.between(1, 20)),
    }
  })
}
