import type { PaymentMethod } from '../../../generated/prisma/enums.ts'
import type { Facts } from '../queries.ts'
import { type Letter, type Part, webAddress } from './letter.ts'
import { about, amountOf, hello, linesOf, momentOf, type Say } from './words.ts'

/** The cid of the picture of a payment's QR code. */
export const PAYMENT_QR = 'payment-qr'

const METHODS: Readonly<Record<PaymentMethod, string>> = {
  QRIS: 'QRIS',
  BCA_VA: 'BCA Virtual Account',
  BNI_VA: 'BNI Virtual Account',
  BRI_VA: 'BRI Virtual Account',
  PERMATA_VA: 'Permata Virtual Account',
  MANDIRI_BILL: 'Mandiri Bill Payment',
  GOPAY: 'GoPay',
  SNAP: 'Midtrans',
}

export function orderPlaced(facts: Facts, say: Say): Letter {
  const { order } = facts
  return {
    subject: say(
      `Bayar pesanan ${order.number}: ${about(facts)}`,
      `Pay for order ${order.number}: ${about(facts)}`,
    ),
    parts: [
      hello(facts, say),
      say(
        `Pesanan ${order.number} sudah kami catat dan menunggu pembayaran.`,
        `Order ${order.number} is placed and waits for your payment.`,
      ),
      linesOf(facts),
      ...instructions(facts, say),
      say(
        'Setelah batas waktu itu pesanan batal dengan sendirinya. Abaikan surel ini bila Anda sudah membayar.',
        'After that the order expires by itself. If you have paid already, there is nothing left to do.',
      ),
    ],
  }
}

function instructions(facts: Facts, say: Say): Part[] {
  const { payment } = facts
  if (!payment) return []
  const link = webAddress(payment.redirectUrl)
  const rows: [string, string | null][] = [
    [say('Jumlah', 'Amount'), amountOf(facts, payment.amountMinor)],
    [say('Cara bayar', 'Method'), METHODS[payment.method]],
    [say('Nomor virtual account', 'Virtual account number'), payment.vaNumber],
    [say('Kode perusahaan', 'Biller code'), payment.billerCode],
    [say('Kode bayar', 'Bill key'), payment.billKey],
    [say('Bayar sebelum', 'Pay before'), momentOf(facts, payment.expiresAt)],
  ]
  return [
    { rows: rows.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])) },
    ...(payment.qrString
      ? [{ picture: PAYMENT_QR, says: say('Kode QR untuk membayar', 'QR code to pay') }]
      : []),
    ...(link ? [{ link: say('Buka halaman pembayaran', 'Open the payment page'), url: link }] : []),
  ]
}

/** The same in one line, for channels without pictures. */
export function shortInstructions({ payment }: Facts, say: Say): string {
  if (!payment) return ''
  const name = METHODS[payment.method]
  if (payment.vaNumber) return `${name} ${payment.vaNumber}`
  if (payment.billKey) return `${name} ${payment.billerCode ?? ''} ${payment.billKey}`
  return webAddress(payment.redirectUrl) ?? say(`${name}, lihat surel Anda`, `${name}, see your e-mail`)
}
