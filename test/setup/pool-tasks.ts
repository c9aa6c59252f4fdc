// What threads of a pool do in its test.
const bytes = (text: string) => new TextEncoder().encode(text)

export const echo = (text: string) => bytes(text)

export const hang = () => {
  for (;;) {
    // As a drawing that never ends.
  }
}

export const die = () => process.exit(3)

export const fill = () => {
  const kept: unknown[] = []
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, n) => `${n}`))
}

export const fail = () => {
  throw new TypeError('a secret of the inside')
}
