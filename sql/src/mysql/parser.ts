/**
 * Runs the parser for MySQL (sqlparser-rs as WebAssembly), and replaces it when a statement has
 * hurt it.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { compileFunction } from 'node:vm'
import { parserMemoryBytesMax } from '../limits.ts'
import { Refusal } from '../shape.ts'

/** What the generated wrapper offers of the compiled library. */
interface Library {
  initSync(settings: { readonly module: object }): {
    readonly memory: { readonly buffer: ArrayBuffer }
  }
  parse_sql(dialect: string, sql: string): unknown
  format_sql(dialect: string, sql: string): string
}

/** Node has it; its types come only with those of a browser. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { readonly Module: new (binary: Uint8Array) => object }
}

interface Compiled {
  readonly module: object
  readonly makeWrapper: (console: { error(): void }) => Library
}

let compiled: Compiled | undefined
let library: { readonly calls: Library; readonly memory: { buffer: ArrayBuffer } } | undefined

/** To be called before `parse`, and again after it threw `PARSER_FAILED`. */
export function openParser(): void {
  if (library !== undefined) return
  compiled ??= compile()
  // A panic of the library is told on the console, with parts of the statement: this one keeps
  // silent.
  const calls = compiled.makeWrapper({ error: () => undefined })
  library = { calls, memory: calls.initSync({ module: compiled.module }).memory }
}

/**
 * The wrapper is an ES module that keeps its one instance for ever. As a function it makes a new
 * one at each call,
 * which goes when it is no longer used, and takes its console from us.
 */
function compile(): Compiled {
  const wrapper = createRequire(import.meta.url)
    .resolve('@guanmingchiu/sqlparser-ts')
    .replace(/dist([\\/])index\.cjs$/, 'wasm$1sqlparser_rs_wasm.js')
  const source = readFileSync(wrapper, 'utf8')
    .replace(/^export \{[^}]*\};?$/m, '')
    .replace(/^export /gm, '')
    .replaceAll('import.meta.url', "''")
  const makeWrapper = compileFunction(`${source}\nreturn { initSync, parse_sql, format_sql }`, [
    'console'
  ]) as Compiled['makeWrapper']
  const binary = readFileSync(wrapper.replace(/\.js$/, '_bg.wasm'))
  return { module: new WebAssembly.Module(binary), makeWrapper }
}

export function isOpen(): boolean {
  return library !== undefined
}

/** The statements' trees. */
export function parse(sql: string): unknown {
  return run((calls) => calls.parse_sql('mysql', sql))
}

/** The same statements as the parser prints them. */
export function format(sql: string): string {
  return run((calls) => calls.format_sql('mysql', sql))
}

/** Errors of the parser quote the statement, so they end here. */
function run<Result>(call: (calls: Library) => Result): Result {
  if (library === undefined) throw new Refusal('PARSER_FAILED')
  const { calls, memory } = library
  try {
    const result = call(calls)
    if (memory.buffer.byteLength > parserMemoryBytesMax) library = undefined
    return result
  } catch (cause) {
    // A statement that it does not accept is told by a text or an object; a trap or a full stack is
    // an error of the engine.
    const isTrap =
      cause instanceof Error && (cause.name === 'RangeError' || cause.name === 'RuntimeError')
    if (isTrap) library = undefined
    throw new Refusal(isTrap ? 'PARSER_FAILED' : 'NOT_PARSED')
  }
}
