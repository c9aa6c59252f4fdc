import type { AppDeps } from '../../context.ts'
import type { OpenLimiter } from '../../platform/limiter.ts'
import type { Readiness } from '../../platform/readiness.ts'
import type { AddressRanges } from '../client-ip.ts'
import { probeRoutes } from '../probes.ts'
import { devMailRoutes } from './dev-mail.ts'
import { documentRoutes } from './documents.ts'
import { invitationRoutes } from './invitations.ts'
import { midtransWebhook } from './payment-webhooks.ts'
import { qrRoutes } from './qr-codes.ts'
import type { Route } from './route.ts'
import { sandboxRoutes } from './sandbox.ts'

export interface RoutesOptions {
  readonly openLimiter: OpenLimiter
  readonly readiness: Readiness
  readonly metricsToken: string | null
  readonly midtransWebhookSources: AddressRanges | null
  /** Where mails are kept and shown instead of being sent; null: they are sent. */
  readonly mailFolder: string | null
  readonly paymentGateway: 'sandbox' | 'midtrans'
  readonly isStopping: () => boolean
  /** Where this process listens, as http://address:port. Asked only while it does. */
  readonly ownAddress: () => string
  /** The board of jobs, where there is one. */
  readonly board: readonly Route[]
}

/** Everything that one HTTP process serves besides /graphql. */
export const createRoutes = (deps: AppDeps, options: RoutesOptions): readonly Route[] => [
  ...probeRoutes(deps, options),
  midtransWebhook(deps, options.midtransWebhookSources),
  ...qrRoutes(deps),
  ...options.board,
  ...documentRoutes(deps),
  ...invitationRoutes(deps, options.openLimiter),
  ...(options.mailFolder === null ? [] : devMailRoutes(options.mailFolder)),
  ...(options.paymentGateway === 'sandbox' ? sandboxRoutes(deps, options.ownAddress) : []),
]
