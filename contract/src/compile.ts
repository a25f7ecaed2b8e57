/** Turns a contract into the functions that hold records against it, once, so that each record is quick. */
import type { Contract } from './contract.ts'
import type { Column, Validation, ValidationInput } from './validated.ts'

export interface CompiledContract {
  readonly contract: Contract
  /** In declaration order; one per distinct field name over all records. */
  readonly columns: readonly Column[]
  /** Holds one record against the contract. Never throws, whatever `fields` is; never returns what is not declared. */
  validate(input: ValidationInput): Validation
}

export function compileContract(contract: Contract): CompiledContract {
  throw new Error(`unwritten: ${contract.product}`)
}
