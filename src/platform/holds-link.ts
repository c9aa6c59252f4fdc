// Names of guests stand in mails to addresses that nobody confirmed. What a mail program would make a link of is no name.

// Full stops that browsers take for one in a domain.
const FULL_STOPS = /[。｡]/g
const ADDRESS = /@|:\/\/|\bwww\.|\b(?:mailto|tel|javascript):/iu
// A host with a path, port or query: bit.ly/x, s.id/promo, evil.example:8080.
const HOST_AND_MORE = /[\p{L}\p{N}-]\.\p{L}{2,24}[/:?#]/u
// A host alone. Two letters before the stop and two after are titles more often: Dr.Ir., S.Si., M.Ag., A.Md.
const HOST =
  /[\p{L}\p{N}-]{3,}\.(?:com|net|org|info|biz|xyz|online|site|store|shop|top|app|dev|link|click|live|icu|vip|win|bet|casino|club|web|page|blog|example|test|io|co|me|cc|gg|ly|tv|ai|id|my|sg|us|uk|ru|cn)(?![\p{L}\p{N}-])/iu
const NUMBER_HOST = /(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?!\d)/

/**
 * Whether a text holds something that mail programs and phones make a link of: an address of a page, a host, an e-mail. Names
 * with stops are none: St. John, D'Angelo Jr., Dr.Ir. Budi, S.Si.
 */
export function holdsLink(text: string): boolean {
  // As a reader and a browser see it: full-width letters are letters, and what is invisible separates nothing.
  const plain = text
    .normalize('NFKC')
    .replace(FULL_STOPS, '.')
    .replace(/\p{Cf}/gu, '')
  return [ADDRESS, HOST_AND_MORE, HOST, NUMBER_HOST].some((pattern) => pattern.test(plain))
}

/** What is said of a name that holds one. */
export const NO_LINKS = 'A name holds no web address and no e-mail address.'

/** A name as a message may say it: what was stored before links were refused is left out. */
export const linkless = (name: string): string => (holdsLink(name) ? '' : name)
