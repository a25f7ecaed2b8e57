/**
 * What the rules know of a syntax tree as it comes from the parser: JSON that is not trusted to
 * have any form.
 */
import { Refusal } from '../shape.ts'
import type { NameKind, Names } from '../tokens.ts'

export type Tree = Readonly<Record<string, unknown>>

/** What a rule may use: the walk goes on through it. */
export interface Walk {
  readonly names: Names
  /**
   * A node, or a list of them; a bare name in it becomes a token of that kind, and is unknown
   * without one.
   */
  node(value: unknown, bare?: NameKind): unknown
  /** The fields of a node whose type is known. */
  fields(type: string, value: unknown): Tree
}

/** A wrapped node has one key, its type. */
export function onlyEntry(value: unknown): [type: string, inner: unknown] {
  const entries = Object.entries(asTree(value))
  const entry = entries[0]
  return entry === undefined || entries.length !== 1 ? refuse() : entry
}

export function asTree(value: unknown): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Tree)
    : refuse()
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : refuse()
}

export function refuse(): never {
  throw new Refusal('UNKNOWN_PART')
}
