/**
 * What is there to install and to report? The product file with its contract, read from the disk
 * and held against each other.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateDisclosure, parseContract, sdkForm, type Contract } from '@candor/contract'
import type { ContractForm } from '@candor/sdk'
import { generateContract } from './generate-contract.ts'
import { generateSql } from './generate-sql.ts'
import { readProductFile, type ProductFile } from './product-file.ts'

export interface Product {
  readonly file: ProductFile
  readonly form: ContractForm
  /** YAML. */
  readonly contractText: string
  readonly sql: string
  /** Markdown, for the product's users. */
  readonly page: string
}

const templateFolder = fileURLToPath(new URL('../sql/', import.meta.url))
const templateNames = [
  '1-schema.sql',
  '2-job.sql',
  '3-level.sql',
  '4-relations.sql',
  '5-report.sql',
  '6-reporter.sql'
]
const levels = 'no_functions, basic'

/** Throws one error that tells every problem, in words for whoever wrote the file. */
export function loadProduct(path: string): Product {
  const reading = readProductFile(readFileSync(path, 'utf8'))
  if (reading.is === 'invalid') throw problemsIn(path, reading.problems)
  const { file } = reading
  const contractText =
    file.contract === undefined
      ? generateContract(file)
      : readFileSync(resolve(dirname(path), file.contract), 'utf8')
  const result = parseContract(contractText)
  if (result.is === 'invalid')
    throw problemsIn(
      path,
      result.problems.map(({ code, message }) => `${code} ${message}`)
    )
  return productOf(path, file, result.contract, contractText)
}

function productOf(
  path: string,
  file: ProductFile,
  contract: Contract,
  contractText: string
): Product {
  const form = JSON.parse(JSON.stringify(sdkForm(contract))) as ContractForm
  const problems = [
    form.product === file.product
      ? []
      : [`product: the contract is that of ${form.product}, not of ${file.product}`],
    form.records['report'] === undefined ? ['contract: it has no snapshot called report'] : [],
    form.consent.levels.map(({ name }) => name).join(', ') === levels
      ? []
      : [`contract: its levels must be ${levels}`]
  ].flat()
  if (problems.length > 0) throw problemsIn(path, problems)
  const templates = templateNames.map((name) => readFileSync(join(templateFolder, name), 'utf8'))
  return {
    file,
    form,
    contractText,
    sql: generateSql({ file, form, templates }),
    page: generateDisclosure(contract, { format: 'md' })
  }
}

function problemsIn(path: string, problems: readonly string[]): Error {
  return new Error([`${path} can't be used:`, ...problems.map((each) => `  ${each}`)].join('\n'))
}
