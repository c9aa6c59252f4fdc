// Scanners that act as keyboards add and change characters on the way. What they read is put right here, in one place, before
// anything is made of it.

// ISO/IEC 15424: a scanner may say what kind of code it read, ]Q1 for QR, ]C1 for GS1-128, ]d2 for Data Matrix.
const AROUND = /^[\s\p{C}]+|[\s\p{C}]+$/gu
const AIM_PREFIX = /^\][A-Za-z][0-9A-Za-z]/

// No code of ours is half as long, and a pattern would walk a text far too long again and again.
const MAX_SCAN = 500

/** A scan or a typed text without what stands around it: blanks, control and invisible characters, and an AIM prefix; empty when far too long. */
export function readScanned(text: string): string {
  if (text.length > MAX_SCAN) return ''
  const inner = text.replace(AROUND, '')
  return AIM_PREFIX.test(inner) ? inner.slice(3).replace(AROUND, '') : inner
}

// What a scanner set to a US keyboard types on a machine with another layout, and what it meant.
const QWERTZ = keys('zyZYß?', 'yzYZ-_')
const AZERTY = keys('qwazQWAZ,?&é"\'(-è_çà:)°', 'azqwAZQWmM1234567890.-_')
const LAYOUTS = [new Map<string, string>(), QWERTZ, AZERTY]

function keys(typed: string, meant: string): Map<string, string> {
  return new Map(Array.from(typed, (letter, index) => [letter, meant[index] ?? '']))
}

const swapCase = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )

/**
 * What a scanned token may have been before a caps lock or another keyboard layout changed it, as it came first. Only those
 * that have a token's form: a signature then says which one is right, so nothing is let in by a guess.
 */
export function readingsOf(scanned: string, form: RegExp): string[] {
  const readings = LAYOUTS.flatMap((layout) => {
    const meant = Array.from(scanned, (letter) => layout.get(letter) ?? letter).join('')
    return [meant, swapCase(meant)]
  })
  return [...new Set(readings)].filter((reading) => form.test(reading))
}

/** Whether a scanner's layout or a caps lock made something of a long code that nobody can read back. */
export const isGarbled = (scanned: string): boolean =>
  scanned.length >= 60 && (/[^A-Za-z0-9._-]/.test(scanned) || /^[KP]1/.test(scanned))

const TYPED_CODE = /^[0-9A-HJKMNP-TV-Z]{10}$/

/**
 * A printed code as people type it: in any case, with blanks and dashes, O for 0, I or L for 1, full-width letters. Null when
 * it is no code.
 */
export function readCode(text: string): string | null {
  const code = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{C}\p{Pd}\p{Po}_]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  return TYPED_CODE.test(code) ? code : null
}
