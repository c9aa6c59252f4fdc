import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type {
  AppControllerRoute,
  BullBoardQueues,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app'
import { escapeHtml } from '../../platform/escape-html.ts'
import { json, type Reply, type RouteRequest } from './route.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2',
}

interface Endpoint {
  readonly path: URLPattern
  readonly handler: AppControllerRoute['handler']
}

/**
 * What bull-board needs of a server, for reading alone: routes of any other method than GET are not taken up, so there is no
 * address by which the dashboard could change a queue.
 */
export class BoardAdapter implements IServerAdapter {
  readonly #base: string
  readonly #endpoints: Endpoint[] = []
  #queues: BullBoardQueues = new Map()
  #config: UIConfig = {}
  #views = ''
  #statics = ''
  #names: Promise<ReadonlySet<string>> | null = null
  #page: (() => { name: string; params: Record<string, string> }) | null = null

  /** `base` is the path below which it is served, without a slash at its end. */
  constructor(base: string) {
    this.#base = base
  }

  setQueues(queues: BullBoardQueues): this {
    this.#queues = queues
    return this
  }

  setViewsPath(path: string): this {
    this.#views = path
    return this
  }

  setStaticPath(_route: string, path: string): this {
    this.#statics = path
    return this
  }

  setUIConfig(config: UIConfig): this {
    this.#config = config
    return this
  }

  setEntryRoute(route: Parameters<IServerAdapter['setEntryRoute']>[0]): this {
    this.#page = () => route.handler({ basePath: this.#base, uiConfig: this.#config })
    return this
  }

  // What went wrong is logged by the server, and no message of Redis goes out.
  setErrorHandler(): this {
    return this
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    for (const { method, route, handler } of routes) {
      if (![method].flat().includes('get')) continue
      for (const pathname of [route].flat()) {
        this.#endpoints.push({ path: new URLPattern({ pathname: `${this.#base}${pathname}` }), handler })
      }
    }
    return this
  }

  async answer({ url, headers }: Pick<RouteRequest, 'url' | 'headers'>): Promise<Reply> {
    const { pathname } = url
    const file = pathname.startsWith(`${this.#base}/static/`) ? pathname.slice(this.#base.length + 8) : null
    if (file !== null) return this.#file(file)
    for (const { path, handler } of this.#endpoints) {
      const match = path.exec({ pathname })
      if (!match) continue
      const { status, body } = await handler({
        queues: this.#queues,
        uiConfig: this.#config,
        params: match.pathname.groups,
        query: Object.fromEntries(url.searchParams),
        body: {},
        headers: { accept: headers.accept },
      })
      return json(status ?? 200, body)
    }
    if (pathname.startsWith(`${this.#base}/api/`)) return { status: 404, body: 'There is nothing here.\n' }
    return this.#render()
  }

  /** The page with its five holes filled. */
  async #render(): Promise<Reply> {
    const page = this.#page?.()
    if (!page) throw new Error('The board has no page.')
    const template = await readFile(join(this.#views, page.name), 'utf8')
    const body = template.replace(/<%([=-])\s*(\w+)\s*%>/g, (_hole, kind: string, name: string) => {
      const value = page.params[name] ?? ''
      return kind === '-' ? value : escapeHtml(value)
    })
    return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body }
  }

  /** A file of the dashboard's own. Only names that stand in its folder are opened, so no path leads out of it. */
  async #file(name: string): Promise<Reply> {
    this.#names ??= readdir(this.#statics, { recursive: true }).then((names) => new Set(names))
    const type = TYPES[extname(name)]
    if (!type || !(await this.#names).has(name)) return { status: 404, body: 'There is nothing here.\n' }
    return {
      status: 200,
      headers: { 'Content-Type': type },
      body: await readFile(join(this.#statics, name)),
    }
  }
}
