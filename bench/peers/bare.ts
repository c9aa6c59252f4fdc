// The limit of reading: node:http that gives one stored answer to whatever is asked. Arguments: port, file.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

export interface StoredAnswer {
  readonly headers: readonly [string, string][]
  readonly body: string
}

const [port, file] = process.argv.slice(2)
const stored: StoredAnswer = JSON.parse(readFileSync(file ?? '', 'utf8'))
const headers = stored.headers.flat()
const body = Buffer.from(stored.body)

const server = createServer((_request, response) => {
  response.writeHead(200, headers)
  response.end(body)
})
server.keepAliveTimeout = 65_000
server.listen(Number(port), '127.0.0.1')
