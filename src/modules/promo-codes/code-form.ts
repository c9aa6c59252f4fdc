// Printable ASCII without spaces; CHECK: the same without a-z. Tested before upper case, which turns ı into I and ß into SS.
const CODE = /^[!-~]{3,32}$/

/** A code as it is stored and compared: trimmed, in upper case. Null when it cannot be any code. */
export function parseCode(text: string): string | null {
  const code = text.trim()
  return CODE.test(code) ? code.toUpperCase() : null
}
