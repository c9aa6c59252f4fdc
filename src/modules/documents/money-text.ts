import { type Money, toDecimal } from '../../platform/money.ts'

/** `Rp 150.000`, with sen only where there are some; another currency as `USD 1,250.00`. */
export function moneyText(amount: Money): string {
  const [whole = '', fraction = ''] = toDecimal(amount).split('.')
  const grouped = (mark: string) => whole.replace(/\B(?=(\d{3})+$)/g, mark)
  if (amount.currencyCode !== 'IDR')
    return `${amount.currencyCode} ${grouped(',')}${fraction ? `.${fraction}` : ''}`
  return `Rp ${grouped('.')}${/[^0]/.test(fraction) ? `,${fraction}` : ''}`
}
