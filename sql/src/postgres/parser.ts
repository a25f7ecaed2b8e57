/**
 * Runs PostgreSQL's own parser (libpg_query as WebAssembly), and replaces it when a statement has
 * hurt it.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parserMemoryBytesMax } from '../limits.ts'
import { Refusal } from '../shape.ts'

/**
 * What the package's JavaScript offers of the compiled library; its own wrapper keeps one instance
 * for ever.
 */
interface Library {
  _malloc(bytes: number): number
  _free(pointer: number): void
  _wasm_parse_query_raw(query: number): number
  _wasm_free_parse_result(result: number): void
  lengthBytesUTF8(text: string): number
  stringToUTF8(text: string, pointer: number, bytes: number): void
  UTF8ToString(pointer: number): string
  getValue(pointer: number, type: 'i32'): number
  readonly HEAPU8: Uint8Array
}

/** Node has it; its types come only with those of a browser. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (binary: Uint8Array) => object
    readonly Instance: new (module: object, imports: object) => object
  }
}

const require = createRequire(import.meta.url)
let compiled: object | undefined
let library: Library | undefined
let memoryAtStart = 0

/** To be awaited before `parse`, and again after it threw `PARSER_FAILED`. */
export async function openParser(): Promise<void> {
  if (library !== undefined) return
  const wrapper = require.resolve('libpg-query/wasm/libpg-query.js')
  compiled ??= new WebAssembly.Module(readFileSync(wrapper.replace(/\.js$/, '.wasm')))
  const binary = compiled
  const quiet = (): void => undefined
  const made = await (require(wrapper) as (settings: object) => Promise<Library>)({
    print: quiet,
    printErr: quiet,
    // Compiling takes fifty times as long as making an instance.
    instantiateWasm: (imports: object, done: (instance: object) => void) => {
      done(new WebAssembly.Instance(binary, imports))
    }
  })
  library ??= made
  memoryAtStart = library.HEAPU8.byteLength
}

export function isOpen(): boolean {
  return library !== undefined
}

/** The statements' trees. The parser's error texts quote the statement, so they end here. */
export function parse(sql: string): readonly unknown[] {
  const parser = library
  if (parser === undefined) throw new Refusal('PARSER_FAILED')
  let json: string | undefined
  try {
    json = treesOf(parser, sql)
  } catch {
    // An abort or an overflow of the stack leaves its memory in an unknown state.
    library = undefined
    throw new Refusal('PARSER_FAILED')
  }
  if (parser.HEAPU8.byteLength - memoryAtStart > parserMemoryBytesMax) library = undefined
  if (json === undefined) throw new Refusal('NOT_PARSED')
  const { stmts } = JSON.parse(json) as { stmts?: readonly { stmt?: unknown }[] }
  return (stmts ?? []).map(({ stmt }) => stmt)
}

function treesOf(parser: Library, sql: string): string | undefined {
  const bytes = parser.lengthBytesUTF8(sql) + 1
  const query = parser._malloc(bytes)
  let result = 0
  try {
    parser.stringToUTF8(sql, query, bytes)
    result = parser._wasm_parse_query_raw(query)
    // PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
    if (result === 0 || parser.getValue(result + 8, 'i32') !== 0) return undefined
    return parser.UTF8ToString(parser.getValue(result, 'i32'))
  } finally {
    if (result !== 0) parser._wasm_free_parse_result(result)
    parser._free(query)
  }
}
