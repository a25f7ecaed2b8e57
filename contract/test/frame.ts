/** The shortest whole contract around what a test is about. */
import { compileContract, type CompiledContract } from '../src/holding/compile.ts'
import type { Contract } from '../src/form/contract.ts'
import { parseContract } from '../src/grammar/parse.ts'
import type { Problem } from '../src/form/problem.ts'
import type { ValidationInput } from '../src/form/validated.ts'

export const frame = `candor: 1
product: demo
title: Demo
purpose: To test.
recipients: [{ name: Us, where: Here, for: testing }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out, levels: { basic: Little., more: More. } }
identity: { kind: none, says: nothing }
controls: [{ flag: --off }]
`

/**
 * A contract with one event, `load`, that has these fields, each written as in YAML's flow style.
 */
export function withFields(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, field]) => `      ${name}: ${field}`)
  return `${frame}events:\n  load:\n    when: It loads.\n    fields:\n${lines.join('\n')}\n`
}

export function problemsOf(text: string): readonly Problem[] {
  const result = parseContract(text)
  return result.is === 'invalid' ? result.problems : result.warnings
}

export function contractOf(text: string): Contract {
  const result = parseContract(text)
  if (result.is === 'contract') return result.contract
  throw new Error(
    result.problems
      .map((problem) => `${problem.line}:${problem.column} ${problem.code} ${problem.message}`)
      .join('\n')
  )
}

export function compiledOf(fields: Readonly<Record<string, string>>): CompiledContract {
  return compileContract(contractOf(withFields(fields)))
}

/** A token that shows what it was made of, and that no client could have sent. */
export const tokenOf: ValidationInput['rekey'] = ({ field, value, scope }) =>
  `token(${field},${scope},${value.length})`

/**
 * One value in a field `f` of the given type: what is kept of it, or the codes that say why not.
 */
export function keptOf(type: string, raw: unknown, wire: 'native' | 'client' = 'client'): unknown {
  return readerOf(type)(raw, wire)
}

/** The same, compiled once for many values. */
export function readerOf(type: string): (raw: unknown, wire?: 'native' | 'client') => unknown {
  const compiled = compiledOf({ f: type })
  return (raw, wire = 'client') => {
    const validation = compiled.validate({
      name: 'load',
      wire,
      fields: { f: raw },
      level: undefined,
      rekey: tokenOf
    })
    if (validation.violations.length > 0)
      return validation.violations.map((violation) => violation.code)
    return validation.is === 'kept' ? validation.fields['f'] : undefined
  }
}
