import { builder } from '../../builder.ts'
import { qrUrl } from './qr-code.ts'

const TicketStatusType = builder.enumType('TicketStatus', {
  description: 'The state of a ticket.',
  values: {
    VALID: { description: 'Good for admission.' },
    USED: {
      description: 'Its holder was admitted; EXIT can make it good again where the event allows re-entry.',
    },
    REVOKED: { description: 'Refunded or replaced. Never good again.' },
  },
})

export const TicketType = builder.prismaObject('Ticket', {
  description:
    'One paid unit of a ticket category, issued exactly once. Shown only to its buyer, and at the gate.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    code: t.exposeString('code', {
      description: 'Ten characters to type where a QR code cannot be scanned.',
    }),
    token: t.exposeString('token', {
      description:
        'What the QR code holds: event, category, schedule and version, signed with Ed25519. A secret of its holder.',
    }),
    status: t.expose('status', { type: TicketStatusType, description: 'Whether it is still good.' }),
    attendeeName: t.exposeString('attendeeName', {
      nullable: true,
      description: 'As given in the order; null when none was.',
    }),
    qrPngUrl: t.string({
      description: 'The QR code as a PNG image. Whoever has the address has the ticket.',
      resolve: (ticket, _args, ctx) => qrUrl(ctx.deps.settings.publicUrl, ticket.token, 'png'),
    }),
    qrSvgUrl: t.string({
      description: 'The QR code as an SVG image. Whoever has the address has the ticket.',
      resolve: (ticket, _args, ctx) => qrUrl(ctx.deps.settings.publicUrl, ticket.token, 'svg'),
    }),
    ticketCategory: t.relation('ticketCategory', { description: 'What was bought.' }),
    schedule: t.relation('schedule', {
      nullable: true,
      description: 'When it admits; null: at any schedule of the event.',
    }),
  }),
})
