/** Makes what is left of a statement that has no shape: its kind, and why. */
import { createHash } from 'node:crypto'
import type { Problem, SqlShape, StatementKind } from './shape.ts'

export function ofKind(kind: StatementKind, problems: readonly Problem[]): SqlShape {
  const none = { tables: 0, columns: 0, functions: 0, types: 0, holes: [] }
  return { shape: kind, fingerprint: fingerprintOf(kind), kind, ...none, problems }
}

export function fingerprintOf(shape: string): string {
  return createHash('sha256').update(shape).digest('hex').slice(0, 16)
}
