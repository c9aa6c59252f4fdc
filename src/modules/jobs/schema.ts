// Jobs that were given up, for the staff of the organizer whose orders they are about.
import { builder, cache } from '../../builder.ts'
import { Forbidden, IdempotencyConflict, NotFound, ValidationFailed } from '../../platform/errors.ts'
import { keyArgument } from '../shared/schema.ts'
import { type DeadLetter, listDeadLetters } from './queries.ts'
import { retryDeadLetter } from './retry-dead-letter.ts'

const DeadLetterType = builder.objectRef<DeadLetter>('DeadLetter').implement({
  description:
    'A job of the organizer, such as a mail or a refund, that failed twelve times within about half an hour and is not ' +
    'tried any more. It is kept until staff retry it with success.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Opaque id of the job.' }),
    name: t.exposeString('kind', { description: 'What kind of job it is, e.g. send-tickets.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it was begun, in all.' }),
    error: t.exposeString('error', {
      nullable: true,
      description:
        'Why the last attempt failed, in at most 250 characters for people, without addresses, links, tokens or ' +
        'quotations. May change. Null once it has succeeded.',
    }),
    orderId: t.exposeID('orderId', {
      nullable: true,
      description: 'The order that it is about; null when it is about none.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When its cause was committed.' }),
    lastAttemptAt: t.expose('lastAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last begun; null if never.',
    }),
    deadAt: t.expose('deadAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was given up; null once it is to be tried again.',
    }),
  }),
})

builder.queryField('deadLetters', (t) =>
  t.connection(
    {
      type: DeadLetterType,
      description:
        'Jobs of an organizer that were given up, the last one first. For staff with job.manage: FORBIDDEN without it, ' +
        'NOT_FOUND for everybody else.',
      extensions: cache.private,
      args: { organizerId: t.arg.id({ required: true, description: 'Whose jobs.' }) },
      resolve: (_root, { organizerId, ...args }, ctx) =>
        listDeadLetters(ctx.deps, ctx.caller, organizerId, args),
    },
    { name: 'DeadLetterConnection', description: 'A page of dead letters.' },
    { name: 'DeadLetterEdge', description: 'One dead letter in its place in the list.' },
  ),
)

builder.mutationField('retryDeadLetter', (t) =>
  t.field({
    type: DeadLetterType,
    description:
      'Lets a job that was given up be tried twelve times more, from now on. It does nothing twice that it had done ' +
      'before. One that is no longer given up stays as it is. Needs job.manage.',
    errors: {
      types: [Forbidden, NotFound, IdempotencyConflict, ValidationFailed],
      union: { name: 'RetryDeadLetterResult', description: 'The job as it is now, or why it is unchanged.' },
    },
    args: {
      id: t.arg.id({ required: true, description: 'The dead letter.' }),
      idempotencyKey: t.arg.string({
        required: true,
        description: keyArgument,
      }),
    },
    resolve: async (_root, { id, idempotencyKey }, ctx) => {
      const { value, replayed } = await retryDeadLetter(ctx.deps, ctx.caller, id, idempotencyKey)
      ctx.reply.replayed ||= replayed
      return value
    },
  }),
)
