import type { Config } from '../../config/config-of.ts'
import type { AppDeps } from '../../context.ts'
import { probeRoutes } from '../probes.ts'
import { devMailRoutes } from './dev-mail.ts'
import { documentRoutes } from './documents.ts'
import { midtransWebhook } from './payment-webhooks.ts'
import { qrRoutes } from './qr-codes.ts'
import type { Route } from './route.ts'
import { sandboxRoutes } from './sandbox.ts'

type Settings = Pick<
  Config,
  'environment' | 'metricsToken' | 'midtransWebhookSources' | 'smtpUrl' | 'mailFolder' | 'paymentGateway'
>

export interface RoutesOptions {
  readonly isStopping: () => boolean
  /** Where this process listens, as http://address:port. Asked only while it does. */
  readonly ownAddress: () => string
  /** The board of jobs, where there is one. */
  readonly board: readonly Route[]
}

/** Everything that one HTTP process serves besides /graphql. */
export const createRoutes = (deps: AppDeps, settings: Settings, options: RoutesOptions): readonly Route[] => [
  ...probeRoutes(deps, { metricsToken: settings.metricsToken, isStopping: options.isStopping }),
  midtransWebhook(deps, settings.midtransWebhookSources),
  ...qrRoutes(deps),
  ...options.board,
  ...documentRoutes(deps),
  ...(settings.environment !== 'production' && settings.smtpUrl === null
    ? devMailRoutes(settings.mailFolder)
    : []),
  ...(settings.paymentGateway === 'sandbox' ? sandboxRoutes(deps, options.ownAddress) : []),
]
