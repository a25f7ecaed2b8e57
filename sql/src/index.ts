/** Reduces SQL statements to their shapes: what they do, without names and values. */
export { anonymize } from './anonymize.ts'
export { openShapeThread, type ShapeThread, type ShapeThreadOptions } from './shape-thread.ts'
export type { Dialect, HoleType, Problem, SqlShape, StatementKind } from './shape.ts'
