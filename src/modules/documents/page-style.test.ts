import { expect, test } from 'vitest'
import { PAGE_STYLE } from './page-style.ts'

/** The colours of both schemes: the dark one changes some of the light one's. */
const [light = '', dark = ''] = [...PAGE_STYLE.matchAll(/:root\{([^}]*)\}/g)].map((match) => match[1] ?? '')
const coloursOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/--([\w-]+):(#\w+)/g)].map(([, name = '', value = '']) => [name, value]),
  )
const schemes = { light: coloursOf(light), dark: { ...coloursOf(light), ...coloursOf(dark) } }

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const digits = colour.slice(1)
  const full = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits
  const [red = 0, green = 0, blue = 0] = (full.match(/../g) ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

const PAIRS = [
  ['ink', 'card'],
  ['soft', 'card'],
  ['ink', 'ground'],
  ['soft', 'ground'],
  ['on-band', 'band'],
  ['warn', 'warn-ground'],
] as const

for (const [scheme, colours] of Object.entries(schemes))
  test.each(PAIRS)(`in the ${scheme} %s on %s has a contrast of 4.5 or more`, (front, back) => {
    expect(contrast(colours[front] ?? '', colours[back] ?? '')).toBeGreaterThanOrEqual(4.5)
  })
