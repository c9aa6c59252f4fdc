import { builder } from '../../builder.ts'
import { OrderType } from '../orders/order.schema.ts'
import { showsSecrets } from '../orders/order-secrets.ts'
import { type DocumentLinks, documentLinks } from './document-links.ts'

const OrderDocumentsType = builder.objectRef<DocumentLinks>('OrderDocuments').implement({
  description:
    'Signed links to what a paid order has. Whoever has a link can read that document, and no other, until expiresAt; ' +
    'then it answers 410, and asking for the order again gives new ones. Pages and files are in Indonesian or English: ' +
    '?lang=id, ?lang=en, else by Accept-Language.',
  fields: (t) => ({
    ticketPage: t.exposeString('ticketPage', {
      nullable: true,
      description: 'A page to show at the gate, without scripts. Null for an order without tickets.',
    }),
    ticketsPdf: t.exposeString('ticketsPdf', {
      nullable: true,
      description: 'The tickets as a PDF, a page each. Null for an order without tickets.',
    }),
    invoicePdf: t.exposeString('invoicePdf', {
      nullable: true,
      description: 'Invoice and receipt as a PDF, with refunds. Null for an order that cost nothing.',
    }),
    calendar: t.exposeString('calendar', {
      nullable: true,
      description: 'The time of the event for a calendar (iCalendar). Null for an order without tickets.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When these links end: after some weeks, and not before a day after the event.',
    }),
  }),
})

builder.objectField(OrderType, 'documents', (t) =>
  t.field({
    type: OrderDocumentsType,
    nullable: true,
    description:
      'Links to tickets, invoice and calendar, made anew for each answer. Null until the order is paid, and for everybody but the buyer.',
    resolve: (order, _args, ctx) => (showsSecrets(order) ? documentLinks(ctx.deps, order) : null),
  }),
)
