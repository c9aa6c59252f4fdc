// Every module's part of the schema. A module that is not imported here does not exist for clients.
import { lexicographicSortSchema, printSchema } from 'graphql'
import { builder } from './builder.ts'
import { withCacheHints } from './platform/print-cache-hints.ts'
import './modules/shared/schema.ts'
import './modules/accounts/schema.ts'
import './modules/organizers/schema.ts'
import './modules/organizers/invitation.schema.ts'
import './modules/jobs/schema.ts'
import './modules/events/schema.ts'
import './modules/merchandise/schema.ts'
import './modules/tickets/schema.ts'
import './modules/waiting-room/schema.ts'
import './modules/promo-codes/schema.ts'
import './modules/holds/schema.ts'
import './modules/orders/schema.ts'
import './modules/payments/schema.ts'
import './modules/payments/refunds.schema.ts'
import './modules/documents/schema.ts'
import './modules/check-in/schema.ts'
import './modules/reports/schema.ts'
import './modules/fulfilment/schema.ts'

export const schema = builder.toSchema()

/** What stands in schema.graphql. */
export const printedSchema = (): string =>
  withCacheHints(schema, printSchema(lexicographicSortSchema(schema)))
