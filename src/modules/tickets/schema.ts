import { builder } from '../../builder.ts'
import { qrUrl } from './qr-code.ts'
import { codeFor, tokenFor } from './ticket-secrets.ts'

const HOLDER = 'A secret of the buyer, and null for everybody else, staff as well.'

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
    'One paid unit of a ticket category, issued exactly once. Shown to its buyer, at the gate, and to staff with order.read, ' +
    'without what admits.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    code: t.string({
      nullable: true,
      description: `Ten characters to type where a QR code cannot be scanned. Also for the gate that scanned it. ${HOLDER}`,
      resolve: codeFor,
    }),
    token: t.string({
      nullable: true,
      description: `What the QR code holds: event, category, schedule and version, signed with Ed25519. ${HOLDER}`,
      resolve: tokenFor,
    }),
    status: t.expose('status', { type: TicketStatusType, description: 'Whether it is still good.' }),
    attendeeName: t.exposeString('attendeeName', {
      nullable: true,
      description: 'As given in the order; null when none was.',
    }),
    qrPngUrl: t.string({
      nullable: true,
      description: `The QR code as a PNG image. Whoever has the address has the ticket. ${HOLDER}`,
      resolve: (ticket, _args, ctx) => {
        const token = tokenFor(ticket)
        return token && qrUrl(ctx.deps.settings.publicUrl, token, 'png')
      },
    }),
    qrSvgUrl: t.string({
      nullable: true,
      description: `The QR code as an SVG image. Whoever has the address has the ticket. ${HOLDER}`,
      resolve: (ticket, _args, ctx) => {
        const token = tokenFor(ticket)
        return token && qrUrl(ctx.deps.settings.publicUrl, token, 'svg')
      },
    }),
    ticketCategory: t.relation('ticketCategory', { description: 'What was bought.' }),
    schedule: t.relation('schedule', {
      nullable: true,
      description: 'When it admits; null: at any schedule of the event.',
    }),
  }),
})
