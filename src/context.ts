import type { Cdn } from './http/edge/cdn/cdn.ts'
import type { Purges } from './http/edge/purge.ts'
import type { DrawingLimits } from './http/limits/drawing-limits.ts'
import type { LoginThrottle } from './modules/accounts/login-throttle.ts'
import type { CodeGuesses } from './modules/check-in/code-guesses.ts'
import type { Drawing } from './modules/documents/drawing.ts'
import type { HoldStore } from './modules/holds/hold-store.ts'
import type { OpenUnits } from './modules/holds/open-units.ts'
import type { OrderHolds } from './modules/holds/order-holds.ts'
import type { OrderWriter } from './modules/orders/order-writer.ts'
import type { PromoGuesses } from './modules/orders/promo-guesses.ts'
import type { PaymentGateway } from './modules/payments/gateway.ts'
import type { WaitingRooms } from './modules/waiting-room/waiting-rooms.ts'
import type { Caller } from './platform/caller.ts'
import type { Deps } from './platform/deps.ts'
import type { Patience } from './platform/patience.ts'

/** Everything app.ts puts together. A command asks for the part that it needs. */
export interface AppDeps extends Deps {
  readonly loginThrottle: LoginThrottle
  readonly holds: HoldStore
  readonly openUnits: OpenUnits
  readonly orderHolds: OrderHolds
  readonly orderWriter: OrderWriter
  readonly promoGuesses: PromoGuesses
  readonly codeGuesses: CodeGuesses
  readonly waitingRooms: WaitingRooms
  readonly gateway: PaymentGateway
  readonly purges: Purges
  readonly cdn: Cdn | null
  readonly drawing: Drawing
  readonly drawingLimits: DrawingLimits
}

/** What a resolver wants to say beside its value. */
export interface Reply {
  /** Some mutation of this request was answered from its idempotency key. */
  replayed: boolean
}

export interface Context {
  readonly deps: AppDeps
  readonly caller: Caller
  readonly reply: Reply
  /** The client's address; only configured proxies may name another one. */
  readonly clientIp: string
  readonly requestId: string
  /** How long whoever asks still waits. */
  readonly patience: Patience
}
