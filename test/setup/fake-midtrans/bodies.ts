// What Midtrans takes, as its reference has it; anything else is a 400.
import { z } from 'zod'

const At = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$/)

export const ChargeBody = z.strictObject({
  payment_type: z.enum(['qris', 'gopay', 'bank_transfer', 'echannel']),
  qris: z.object({ acquirer: z.enum(['gopay', 'airpay shopee']) }).optional(),
  bank_transfer: z.object({ bank: z.enum(['bca', 'bni', 'bri', 'permata']) }).optional(),
  echannel: z.object({ bill_info1: z.string(), bill_info2: z.string() }).optional(),
  transaction_details: z.object({ order_id: z.string().max(50), gross_amount: z.int().min(1) }),
  customer_details: z.object({ first_name: z.string(), email: z.email(), phone: z.string().optional() }),
  custom_expiry: z.object({
    order_time: At,
    expiry_duration: z.int().min(1),
    unit: z.enum(['second', 'minute', 'hour', 'day']),
  }),
})

export const SnapBody = ChargeBody.pick({ transaction_details: true, customer_details: true }).extend({
  expiry: z.object({ start_time: At, duration: z.int().min(5), unit: z.enum(['minute', 'hour', 'day']) }),
  page_expiry: z.object({ duration: z.int().min(5), unit: z.enum(['minute', 'hour', 'day']) }),
})

export const RefundBody = z.strictObject({
  refund_key: z.string().regex(/^[\w-]+$/),
  amount: z.int().min(1),
  reason: z.string().max(255),
})
