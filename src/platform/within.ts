/** Nothing was heard in time. Whoever was asked may still do what was asked. */
export class Hanging extends Error {
  constructor() {
    super('no answer in time')
  }
}

/** Throws Hanging when the work takes longer. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    // After a stall of this process the answer may be here and unread: reading comes before what is set immediate.
    timer = setTimeout(() => setImmediate(() => reject(new Hanging())), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
