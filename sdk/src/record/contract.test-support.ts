/**
 * A contract's text, compiled both ways: for the collector, and as the form that a program embeds.
 * Only tests may know the contract package.
 */
import {
  compileContract,
  parseContract,
  type CompiledContract
} from '../../../contract/src/index.ts'
import { sdkForm } from '../../../contract/src/generate/client/sdk-form.ts'
import type { ContractForm } from '../form.ts'

const frame = `candor: 1
product: demo
title: Demo
purpose: To test.
recipients: [{ name: Us, where: Here, for: testing }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
controls: [{ flag: --off }]
`
export const ordinary = `${frame}consent: { default: opt-out, levels: { basic: Little., more: More. } }
identity: { kind: persistent, says: a random id }
environment: [class, automation, container, os, arch, runtime]
`

export interface BothSides {
  readonly collector: CompiledContract
  readonly form: ContractForm
}

/** Throws with the contract's problems. */
export function bothSides(text: string): BothSides {
  const parsed = parseContract(text)
  if (parsed.is === 'invalid')
    throw new Error(parsed.problems.map(({ code, message }) => `${code} ${message}`).join('\n'))
  return {
    collector: compileContract(parsed.contract),
    form: JSON.parse(JSON.stringify(sdkForm(parsed.contract))) as ContractForm
  }
}
