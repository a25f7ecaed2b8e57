/** Say what you collect: everything that programs outside this package may use of a contract. */
export type {
  Coarsen,
  Consent,
  Contract,
  Control,
  Digest,
  EnvironmentPart,
  FieldDeclaration,
  FieldType,
  Identity,
  MapKeys,
  MeaningChange,
  PresencePeriod,
  Recipient,
  RecordDeclaration,
  Retention
} from './form/contract.ts'
export { environmentParts } from './form/contract.ts'
export { publicFloors, type PublicNumbers, type PublicTable } from './form/public-numbers.ts'
export type { Problem, ProblemCode } from './form/problem.ts'
export type {
  Column,
  ColumnType,
  ColumnValue,
  JsonKind,
  KeptFields,
  Validation,
  ShapeOf,
  ValidationInput,
  Violation,
  ViolationCode
} from './form/validated.ts'
export { parseContract, type ParseResult } from './grammar/parse.ts'
export { compileContract, type CompiledContract } from './holding/compile.ts'
export { columnsFilledBy, isReservedColumn, reservedColumns } from './form/columns.ts'
export { readPath } from './form/wire-path.ts'
export { canonicalJson } from './form/canonical-json.ts'
export { editionContract } from './form/edition.ts'
export { contractDigest } from './form/digest.ts'
export { publicationOf, readPublished, type Publication } from './form/publication.ts'
export {
  checkContract,
  type CheckFinding,
  type CheckResult,
  type WaivedFinding
} from './check/check.ts'
export { explain, explanations, type Explanation } from './check/explanations.ts'
export { policyNames, type Policy } from './policy/policies.ts'
export { audiences, generateDossier, type Audience, type Dossier } from './dossier/dossier.ts'
export {
  judgeReviews,
  readReviews,
  reviewFile,
  type Review,
  type ReviewFinding
} from './review/review-file.ts'
export type { RuleCode } from './check/rule-codes.ts'
export { diffContracts, type ContractDiff } from './diff/diff.ts'
export type { Change } from './diff/change.ts'
export { paragraphOf } from './diff/paragraph.ts'
export { discloseContract, type Disclosure } from './generate/disclosure/disclosure.ts'
export {
  disclosureFormats,
  generateDisclosure,
  type DisclosureFormat
} from './generate/disclosure/disclosure-text.ts'
export { sdkForm } from './generate/client/sdk-form.ts'
export { generateJavascript } from './generate/client/javascript.ts'
export { generateTypescript } from './generate/client/typescript.ts'
export { exampleReport } from './generate/schema/example.ts'
export { generateJsonSchema } from './generate/schema/json-schema.ts'
export { generateOpenapi } from './generate/schema/openapi.ts'
export {
  assessRisk,
  environmentName,
  riskLimits,
  type FieldRisk,
  type RecordRisk,
  type Risk,
  type Suggestion
} from './risk/assess.ts'
export { compareRisk, type RiskChange } from './risk/compare.ts'
export { fleetMeasure, type FleetOptions } from './risk/fleet.ts'
export {
  bitsOf,
  fewBelow,
  type Coarser,
  type Counted,
  type Dimension,
  type Measure
} from './risk/measure.ts'
export { isShowableKey, isShowableName } from './infer/personal-text.ts'
export { inferContract, type Inference, type InferOptions } from './infer/infer.ts'
export { inferFromDrift, type DriftInference, type DriftedName } from './infer/infer-drift.ts'
