import type { MerchandiseVariant } from '../../generated/prisma/client.ts'
import { type Given, InputCheck } from '../organizers/input-check.ts'

/** What staff write of a variant. Absent: unchanged; null: cleared, where that is possible. */
export interface VariantFields {
  readonly sku?: Given<string>
  readonly name?: Given<string>
  readonly price?: Given<string>
  readonly compareAtPrice?: Given<string>
  readonly stock?: Given<number>
  readonly maxPerOrder?: Given<number>
  readonly maxPerBuyer?: Given<number>
  readonly position?: Given<number>
}

export type VariantValues = Pick<
  MerchandiseVariant,
  Exclude<keyof VariantFields, 'price' | 'compareAtPrice'> | 'priceMinor' | 'compareAtPriceMinor'
>

/** The rest of what decides whether an input is good. */
export interface VariantScope {
  readonly currencyCode: string
  /** Units that orders have taken. */
  readonly sold: number
}

const SKU = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** What a new variant starts from; the schema requires the fields that have no good default. */
export const blankVariant: VariantValues = {
  sku: '',
  name: '',
  priceMinor: 0n,
  compareAtPriceMinor: null,
  stock: 0,
  maxPerOrder: 10,
  maxPerBuyer: null,
  position: 0,
}

/** The variant as it would be stored. Throws ValidationFailed with everything that is wrong. */
export function readVariant(
  input: VariantFields,
  current: VariantValues,
  { currencyCode, sold }: VariantScope,
): VariantValues {
  const check = new InputCheck()
  const whole = (field: 'stock' | 'maxPerOrder' | 'position', min: number, max: number) =>
    check.required(field, input[field], current[field], (value) => check.whole(field, value, min, max))
  const values: VariantValues = {
    sku: check.required('sku', input.sku, current.sku, (value) => {
      if (!SKU.test(value))
        check.refuse('sku', 'An SKU has 1 to 64 letters, digits, dots, hyphens or underscores.')
      return value
    }),
    name: check.required('name', input.name, current.name, (value) => check.line('name', value, 100)),
    priceMinor: check.required('price', input.price, current.priceMinor, (value) =>
      check.amount('price', value, currencyCode),
    ),
    compareAtPriceMinor: check.optional(input.compareAtPrice, current.compareAtPriceMinor, (value) =>
      check.amount('compareAtPrice', value, currencyCode),
    ),
    stock: whole('stock', 0, 1_000_000),
    maxPerOrder: whole('maxPerOrder', 1, 100),
    maxPerBuyer: check.optional(input.maxPerBuyer, current.maxPerBuyer, (value) =>
      check.whole('maxPerBuyer', value, 1, 1_000),
    ),
    position: whole('position', 0, 10_000),
  }
  if (values.compareAtPriceMinor !== null && values.compareAtPriceMinor <= values.priceMinor) {
    check.refuse('compareAtPrice', 'compareAtPrice is more than price; null: not on sale.')
  }
  if (values.stock >= 0 && values.stock < sold)
    check.refuse('stock', `${sold} units are sold or ordered; stock cannot be less.`)
  check.done()
  return values
}
