export { anonymize } from './anonymize.ts'
export type { Dialect, HoleType, Problem, SqlShape, StatementKind } from './shape.ts'
