// Gates and the scanners that are bound to them.
import { builder, cache } from '../../builder.ts'
import { Forbidden, NotFound, ValidationFailed } from '../../platform/errors.ts'
import { createGate } from './create-gate.ts'
import { listGateDevices, listGates } from './queries.ts'
import { registerGateDevice } from './register-gate-device.ts'
import { revokeGateDevice } from './revoke-gate-device.ts'
import { GateType } from './schema.ts'
import { updateGate } from './update-gate.ts'

const refusals = [Forbidden, NotFound, ValidationFailed]

const about = {
  name: 'E.g. North gate: one line of 1 to 100 characters.',
  ticketCategoryIds: 'What it lets in: categories of its event; none: nobody.',
}

export const GateDeviceType = builder.prismaObject('GateDevice', {
  description: 'A scanner with a token of its own, bound to one gate. Shown to staff with member.manage.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id.' }),
    name: t.exposeString('name', { description: 'What staff call it, one line.' }),
    gate: t.relation('gate', { description: 'Where it scans.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was registered.' }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its token was ended for good; null while it is good.',
    }),
  }),
})

const GateDeviceTokenType = builder
  .objectRef<Awaited<ReturnType<typeof registerGateDevice>>>('GateDeviceToken')
  .implement({
    description: 'A new scanner and its token.',
    fields: (t) => ({
      device: t.prismaField({
        type: GateDeviceType,
        description: 'The scanner.',
        resolve: (query, { deviceId }, _args, ctx) =>
          ctx.deps.prisma.gateDevice.findUniqueOrThrow({ ...query, where: { id: deviceId } }),
      }),
      token: t.exposeString('token', {
        description: 'Sent by the scanner as its bearer token. Shown only here; what is stored is a hash.',
      }),
    }),
  })

const CreateGateInput = builder.inputType('CreateGateInput', {
  description: 'A new gate of an event.',
  fields: (t) => ({
    eventId: t.id({ required: true, description: 'An event with fewer than 100 gates.' }),
    name: t.string({ required: true, description: about.name }),
    ticketCategoryIds: t.idList({ required: true, description: about.ticketCategoryIds }),
  }),
})

const UpdateGateInput = builder.inputType('UpdateGateInput', {
  description: 'Changes to a gate. What is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The gate.' }),
    name: t.string({ description: about.name }),
    ticketCategoryIds: t.idList({ description: `${about.ticketCategoryIds} Replaces all of them.` }),
  }),
})

const RegisterGateDeviceInput = builder.inputType('RegisterGateDeviceInput', {
  description: 'A new scanner.',
  fields: (t) => ({
    gateId: t.id({ required: true, description: 'The one gate where it will scan.' }),
    name: t.string({ required: true, description: 'What staff call it: one line of 1 to 100 characters.' }),
  }),
})

builder.queryFields((t) => ({
  gates: t.prismaField({
    type: [GateType],
    description:
      'The gates of an event by name, at most 100. For staff and devices of its organizer, a draft only for staff with ' +
      'event.write; NOT_FOUND for everybody else.',
    extensions: cache.private,
    args: { eventId: t.arg.id({ required: true, description: 'The event, drafts included.' }) },
    resolve: (query, _root, { eventId }, ctx) => listGates(ctx.deps, ctx.caller, eventId, query),
  }),
  gateDevices: t.prismaField({
    type: [GateDeviceType],
    description:
      'The 500 newest scanners of an event, revoked ones included. For staff with member.manage; NOT_FOUND for ' +
      'everybody else.',
    extensions: cache.private,
    complexity: { field: 1, multiplier: 500 },
    args: { eventId: t.arg.id({ required: true, description: 'The event, drafts included.' }) },
    resolve: (query, _root, { eventId }, ctx) => listGateDevices(ctx.deps, ctx.caller, eventId, query),
  }),
}))

builder.mutationFields((t) => ({
  createGate: t.prismaField({
    type: GateType,
    description: 'Adds a gate to an event. Needs event.write.',
    errors: {
      types: refusals,
      union: { name: 'CreateGateResult', description: 'The gate, or why there is none.' },
    },
    args: { input: t.arg({ type: CreateGateInput, required: true, description: 'The gate.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await createGate(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.gate.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  updateGate: t.prismaField({
    type: GateType,
    description:
      'Changes a gate. A scanner that is offline learns of it at its next manifest. Needs event.write.',
    errors: {
      types: refusals,
      union: { name: 'UpdateGateResult', description: 'The gate as it is now, or why it is unchanged.' },
    },
    args: { input: t.arg({ type: UpdateGateInput, required: true, description: 'The changes.' }) },
    resolve: async (query, _root, { input }, ctx) => {
      const id = await updateGate(ctx.deps, ctx.caller, input)
      return ctx.deps.prisma.gate.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
  registerGateDevice: t.field({
    type: GateDeviceTokenType,
    description: 'Gives a new scanner its token, which is shown only in this answer. Needs member.manage.',
    errors: {
      types: refusals,
      union: {
        name: 'RegisterGateDeviceResult',
        description: 'The scanner and its token, or why there is none.',
      },
    },
    args: { input: t.arg({ type: RegisterGateDeviceInput, required: true, description: 'The scanner.' }) },
    resolve: (_root, { input }, ctx) => registerGateDevice(ctx.deps, ctx.caller, input),
  }),
  revokeGateDevice: t.prismaField({
    type: GateDeviceType,
    description: "Ends a scanner's token for good. Revoking it again changes nothing. Needs member.manage.",
    errors: {
      types: [Forbidden, NotFound],
      union: { name: 'RevokeGateDeviceResult', description: 'The revoked scanner, or why it is not.' },
    },
    args: { deviceId: t.arg.id({ required: true, description: 'The scanner.' }) },
    resolve: async (query, _root, { deviceId }, ctx) => {
      const id = await revokeGateDevice(ctx.deps, ctx.caller, deviceId)
      return ctx.deps.prisma.gateDevice.findUniqueOrThrow({ ...query, where: { id } })
    },
  }),
}))
