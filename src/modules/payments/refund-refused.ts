import { GatewayUnavailable } from './gateway.ts'

/** The provider will not give this money back, however often it is asked. */
export class RefundRefused extends GatewayUnavailable {}
