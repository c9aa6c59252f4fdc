import { builder, cache } from '../../builder.ts'
import { money } from '../../platform/money.ts'
import { PaymentMethodType } from '../payments/schema.ts'
import { MoneyType } from '../shared/schema.ts'
import {
  type SettlementByMethod,
  type SettlementReport,
  type SettlementSums,
  settlementReport,
} from './settlement-report.ts'

const SumsInterface = builder.interfaceRef<SettlementSums>('SettlementSums').implement({
  description: 'Money of one event in one currency, as the ledger has it now.',
  fields: (t) => {
    const sum = (name: Exclude<keyof SettlementSums, 'currencyCode'>, description: string) =>
      t.field({ type: MoneyType, description, resolve: (sums) => money(sums[name], sums.currencyCode) })
    return {
      currencyCode: t.exposeString('currencyCode', { description: 'ISO 4217.' }),
      captured: sum('captured', 'What buyers paid, also where it paid for no order and goes back.'),
      refunded: sum(
        'refunded',
        'What has gone back to them, by the provider or by hand, or was taken back by a bank.',
      ),
      owed: sum('owed', 'Refunds that have not gone out yet.'),
      fees: sum(
        'fees',
        'What the provider keeps by its list prices, without VAT: an expectation, its own statement is what counts. Not ' +
          'known for SNAP, so 0 there. A refund gives no fee back.',
      ),
      net: sum('net', 'captured − refunded − owed − fees.'),
    }
  },
})

const SettlementTotalType = builder.objectRef<SettlementSums>('SettlementTotal').implement({
  description: 'All methods of payment together.',
  interfaces: [SumsInterface],
})

const SettlementByMethodType = builder.objectRef<SettlementByMethod>('SettlementByMethod').implement({
  description: 'One method of payment.',
  interfaces: [SumsInterface],
  fields: (t) => ({
    method: t.field({
      type: PaymentMethodType,
      description: 'As chosen in payOrder.',
      resolve: ({ method }) => method,
    }),
  }),
})

const SettlementReportType = builder.objectRef<SettlementReport>('SettlementReport').implement({
  description: 'What an event has taken in. Orders that cost nothing are not in it.',
  fields: (t) => ({
    totals: t.field({
      type: [SettlementTotalType],
      description: 'One for each currency; empty before anybody has paid.',
      resolve: ({ totals }) => totals,
    }),
    byMethod: t.field({
      type: [SettlementByMethodType],
      description: 'One for each currency and method, in this order.',
      resolve: ({ byMethod }) => byMethod,
    }),
  }),
})

builder.queryField('settlementReport', (t) =>
  t.field({
    type: SettlementReportType,
    description:
      'What an event has taken in, given back and paid in fees, out of the ledger: no lag. Orders of merchandise alone ' +
      'belong to no event. For staff with report.read: FORBIDDEN without it, NOT_FOUND for everybody else.',
    extensions: cache.private,
    args: { eventId: t.arg.id({ required: true, description: 'The event.' }) },
    resolve: (_root, { eventId }, ctx) => settlementReport(ctx.deps, ctx.caller, eventId),
  }),
)
