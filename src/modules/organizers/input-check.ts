import { type Issue, invalid, ValidationFailed } from '../../platform/errors.ts'
import { isLoopback } from '../../platform/loopback.ts'
import { type AmountRules, parseAmount } from '../../platform/money.ts'
import { hasVisible } from '../../platform/visible.ts'

/** An optional input field: absent leaves what is there. */
export type Given<T> = T | null | undefined

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/
const MAX_SLUG = 80
const MAX_PHRASE = 100
const MAX_URL = 2048
const MAX_LABELS = 20
const MAX_LABEL = 50
const CONTROL = /\p{Cc}/u
const CONTROL_BUT_LINES = /[^\P{Cc}\n\t]/u

/** For a field that any value of its type is good for. */
export const asIs = <T>(value: T): T => value

/** A tag as it is stored and looked for. */
export const asTag = (text: string): string => text.normalize().trim().toLowerCase()

/** Whether a text can stand in one line. PostgreSQL refuses U+0000, so nothing else may reach a query. */
export const isLine = (text: string): boolean => !CONTROL.test(text)

/**
 * Reads the fields of one input and gathers all that is wrong with it. Each method gives the value to store: what was
 * given, or `current` when the field is absent. Call `done` before the values are used.
 */
export class InputCheck {
  readonly #root: string
  readonly #issues: Issue[] = []

  constructor(root = 'input') {
    this.#root = root
  }

  refuse(field: string | readonly string[], message: string): void {
    this.#issues.push({ path: [this.#root, ...(typeof field === 'string' ? [field] : field)], message })
  }

  /** Throws ValidationFailed with everything that was refused. */
  done(): void {
    if (this.#issues.length > 0) throw new ValidationFailed(this.#issues)
  }

  /** A field that cannot be cleared. */
  required<Input, Value>(
    field: string,
    value: Given<Input>,
    current: Value,
    parse: (value: Input) => Value,
  ): Value {
    if (value === undefined) return current
    if (value !== null) return parse(value)
    this.refuse(field, `${field} cannot be null.`)
    return current
  }

  /** A field that null clears. */
  optional<Input, Value>(
    value: Given<Input>,
    current: Value | null,
    parse: (value: Input) => Value,
  ): Value | null {
    if (value === undefined) return current
    return value === null ? null : parse(value)
  }

  /** One line of 1 to `max` characters. */
  line(field: string | readonly string[], value: string, max: number): string {
    const line = value.normalize().trim()
    if (line.length > max || !isLine(line) || !hasVisible(line)) {
      this.refuse(field, `Write 1 to ${max} characters in one line, one of them visible.`)
    }
    return line
  }

  /** Paragraphs of at most `max` characters; may be empty. */
  text(field: string, value: string, max: number): string {
    const text = value.normalize().replaceAll('\r\n', '\n').trim()
    if (text.length > max) this.refuse(field, `Write at most ${max} characters.`)
    if (CONTROL_BUT_LINES.test(text)) this.refuse(field, 'Leave control characters out.')
    return text
  }

  slug(field: string, value: string): string {
    if (value.length > MAX_SLUG || !SLUG.test(value)) {
      this.refuse(
        field,
        `A slug has at most ${MAX_SLUG} characters: a-z, 0-9, and single hyphens between them.`,
      )
    }
    return value
  }

  whole(field: string, value: number, min: number, max: number): number {
    if (value < min || value > max) this.refuse(field, `${field} is ${min} to ${max}.`)
    return value
  }

  /** What a list is filtered by: any one line of at most 100 characters. */
  phrase(field: string, value: Given<string>): void {
    if (value != null && (value.length > MAX_PHRASE || !isLine(value))) {
      this.refuse(field, `Give at most ${MAX_PHRASE} characters in one line.`)
    }
  }

  /** An https address; http for this machine only. */
  url(field: string | readonly string[], value: string): string {
    const url = URL.canParse(value) ? new URL(value) : null
    const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
    if (!url || !secure || url.username || url.password || url.href.length > MAX_URL) {
      this.refuse(field, `Give an https address of at most ${MAX_URL} characters.`)
      return value
    }
    return url.href
  }

  /** At most 20 different words or phrases. */
  labels(field: string, values: readonly string[]): string[] {
    if (values.length > MAX_LABELS) this.refuse(field, `Give at most ${MAX_LABELS}.`)
    const kept = values.slice(0, MAX_LABELS)
    return [...new Set(kept.map((value, index) => this.line([field, String(index)], value, MAX_LABEL)))]
  }

  /** Labels in lower case. */
  tags(field: string, values: readonly string[]): string[] {
    return [...new Set(this.labels(field, values).map(asTag))]
  }

  /** An amount in major units; see parseAmount. */
  amount(field: string, value: string, currencyCode: string, rules?: AmountRules): bigint {
    const amount = parseAmount(value, currencyCode, rules)
    if ('minor' in amount) return amount.minor
    this.refuse(field, amount.problem)
    return 0n
  }

  /** Refuses `field`, the later one, when both are set and out of order. */
  inOrder(field: string, earlier: Date | null, later: Date | null, message: string): void {
    if (earlier && later && later <= earlier) this.refuse(field, message)
  }
}

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

/** The currency of something new: an ISO 4217 code, the rupiah unless told. Throws ValidationFailed. */
export function readCurrency(value: Given<string>): string {
  const code = value ?? 'IDR'
  if (CURRENCIES.has(code)) return code
  throw invalid(['input', 'currencyCode'], 'Give an ISO 4217 code in capitals, e.g. IDR.')
}
