// Requests as bytes that are built once. Only a few of them change from one person to the next, always as many.

/** Where the sender of a request is put in. It has as many characters as what replaces it. */
export const PERSON = 'XXXXXXXXXXXX'
const NETWORK = '10.999.999.999'

export interface Template {
  /** Writes the person into the request, and the network that it comes from. It is good until the next call. */
  for(person: string): Buffer
}

export interface Posted {
  readonly port: number
  readonly documentId: string
  readonly variables: object
  /** Of an account or a device. */
  readonly token?: string
}

/** A POST of a persisted operation, through a proxy that says where it came from. */
export function post({ port, documentId, variables, token }: Posted, network: string): string {
  const body = JSON.stringify({ documentId, variables })
  const head = [
    'POST /graphql HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Accept: application/json',
    `X-Forwarded-For: ${network}`,
    ...(token ? [`Authorization: Bearer ${token}`] : []),
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

/** A GET of a persisted query. */
export function read({ port, documentId, variables }: Posted): string {
  const search = new URLSearchParams({ documentId, variables: JSON.stringify(variables) })
  return `GET /graphql?${search} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\n\r\n`
}

/** The same as bytes to be reused. PERSON in the variables becomes the person. */
export function template(posted: Posted): Template {
  const bytes = Buffer.from(post(posted, NETWORK), 'latin1')
  const places = placesOf(bytes, PERSON)
  const [network = 0] = placesOf(bytes, NETWORK)
  return {
    for(person) {
      for (const place of places) bytes.write(person, place, 'latin1')
      bytes.write(networkOf(person), network, 'latin1')
      return bytes
    },
  }
}

function placesOf(bytes: Buffer, what: string): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + 1)) places.push(at)
  return places
}

/** An address always as long: four million people have one each. */
export function networkOf(person: string): string {
  let rest = Number.parseInt(person, 16)
  const parts = [0, 0, 0].map(() => {
    const part = 100 + (rest % 156)
    rest = Math.floor(rest / 156)
    return part
  })
  return `10.${parts.join('.')}`
}
