// The payment provider as a process of its own: the tests' fake, which stops answering when it is told to.
import { type FakeMidtrans, type Fault, startFakeMidtrans } from '../../test/setup/fake-midtrans.ts'
import { serveWork } from '../work.ts'

/** The first message starts it. `fault` is what happens to every call from now on; null: all goes well. */
export interface Told {
  readonly serverKey: string
  readonly fault: Fault | null
}

export interface Said {
  readonly url: string
  /** When the fault began, by the machine's clock. */
  readonly at: number
  /** That came in so far, answered or not. */
  readonly calls: number
  /** The provider's transaction by payment. */
  readonly charges: Readonly<Record<string, string>>
  /** Charges for a payment that had one. */
  readonly refused: number
}

let provider: FakeMidtrans | undefined

serveWork(async ({ serverKey, fault }: Told): Promise<Said> => {
  provider ??= await startFakeMidtrans(serverKey)
  const { url, seen, orders, refusedCharges } = provider
  provider.always(fault)
  const charges = Object.fromEntries([...orders].map(([id, { transactionId }]) => [id, transactionId]))
  return { url, at: Date.now(), calls: seen.length, charges, refused: refusedCharges.length }
})
