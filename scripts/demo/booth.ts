import { randomUUID } from 'node:crypto'
import type { Bought } from './buy.ts'
import type { DemoClient, Json } from './client.ts'

/** The T-shirt goes over the counter for the pick-up QR code. */
export async function pickUp(client: DemoClient, order: Bought, token: string): Promise<void> {
  const { step, check, call, get, look } = client
  const goods = async (): Promise<Json> =>
    (await call('OrderGoods', { id: order.id, accessToken: order.accessToken })).data['order']
  step('The buyer shows a pick-up code at the booth')
  const { pickupToken, pickupQrPngUrl } = await goods()
  check(`there is one: ${pickupToken}`, typeof pickupToken === 'string')
  const qr = await get(pickupQrPngUrl)
  check('it is a PNG', qr.status === 200 && qr.headers.get('content-type') === 'image/png')
  look(`The code: ${pickupQrPngUrl}`)

  step('Staff scan it and hand the T-shirt over')
  const scan = async (): Promise<Json> =>
    (await call('HandOverPickup', { token: pickupToken, idempotencyKey: randomUUID() }, { token })).data[
      'handOverPickup'
    ]
  const given = await scan()
  check('they are told what to give, and to whom', given.__typename === 'Pickup')
  check('it is the T-shirt', given.items.length === 1 && given.buyerName === 'Sari Wulandari')
  const again = await scan()
  check('a second scan is refused', again.__typename === 'AlreadyDeliveredError')
  const shirt = (await goods()).lines.find((line: Json) => line.fulfilment)
  check('the order says so', shirt.fulfilment.status === 'HANDED_OVER')
}
