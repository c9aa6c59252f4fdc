// Prisma's schema engine as WebAssembly. `prisma migrate` downloads a native one at run time; this one comes
// from the registry with all other packages, so an installation without internet access migrates too.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { adapterFactory } from './adapter.ts'
import { CannotMigrate } from './refusal.ts'
import { majorOf } from './versions.ts'

/** No table and no enum is managed from outside: the engine compares everything. */
export const filters: wasm.SchemaFilter = { externalTables: [], externalEnums: [] }

/** What PostgreSQL said about a migration, with the line of the file where it could tell. */
export interface ScriptError {
  readonly script: string
  readonly message: string
  readonly line: number | undefined
}

export interface EngineSession {
  readonly engine: wasm.SchemaEngine
  /** The engine's own connection, so that a lock taken here is the engine's too. */
  readonly client: pg.Client
  /** Of PostgreSQL, which says what it knows. */
  readonly major: number
  scriptError(): ScriptError | undefined
}

// TypeScript knows this global from the browser's library only.
declare const WebAssembly: {
  instantiate(
    code: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

let loading: Promise<void> | undefined

async function load(): Promise<void> {
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
  const bytes = await readFile(path.replace(/[^/\\]+$/, 'schema_engine_bg.wasm'))
  // The engine reports a crash through this global and would hide it behind a TypeError without it.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => console.error(`Prisma's schema engine crashed: ${message}`),
    },
  })
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': { ...wasm } })
  wasm.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
}

/** Opens one connection and an engine on it, and closes both whatever `use` does. */
export async function withEngine<T>(
  databaseUrl: string,
  use: (session: EngineSession) => Promise<T>,
): Promise<T> {
  loading ??= load()
  await loading
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'karcis-migrate' })
  // Without a listener a connection that breaks while idle would end the process with a stack trace.
  client.on('error', () => {})
  await connect(client)
  let failure: ScriptError | undefined
  try {
    const major = await majorOf(client)
    const factory = adapterFactory(client, major, (script, error) => {
      failure = scriptError(script, error)
    })
    const engine = await wasm.SchemaEngine.new(
      { datamodels: undefined },
      () => {},
      bindMigrationAwareSqlAdapterFactory(factory),
    )
    try {
      return await use({ engine, client, major, scriptError: () => failure })
    } finally {
      engine.free()
    }
  } finally {
    await client.end()
  }
}

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect()
  } catch (error) {
    // Where a name has several addresses the message is empty.
    const { message, code } = error as { message: string; code?: string }
    throw new CannotMigrate(
      `PostgreSQL at ${client.host}:${client.port} cannot be used: ${message || code}. Nothing was changed.`,
      { cause: error },
    )
  }
}

function scriptError(script: string, error: unknown): ScriptError {
  if (!(error instanceof pg.DatabaseError)) return { script, message: String(error), line: undefined }
  const more = [error.detail, error.hint].filter((text) => text !== undefined)
  return {
    script,
    message: [`${error.message} (SQLSTATE ${error.code ?? 'unknown'})`, ...more].join('\n'),
    line: error.position ? script.slice(0, Number(error.position)).split('\n').length : undefined,
  }
}

/** The engine's message without the Rust trace below it. */
export function engineMessage(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n')
  const trace = lines.findIndex((line) => /^\s+\d+: \w+::/.test(line))
  return (trace === -1 ? lines : lines.slice(0, trace)).join('\n').trim()
}
