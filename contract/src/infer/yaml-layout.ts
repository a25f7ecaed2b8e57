/**
 * Lays a proposed contract out as a maintainer would have typed it, with remarks above the lines
 * that they are about.
 */
import { isMap, isNode, isScalar, type Document, type Pair, type YAMLMap } from 'yaml'

export function layOut(document: Document): string {
  layOutBlock(document.contents)
  return document.toString({ lineWidth: 0 })
}

export function remark(pair: Pair | undefined, says: string): void {
  if (pair === undefined || !isNode(pair.key)) return
  const earlier = pair.key.commentBefore
  const line = ` review: ${says}`
  pair.key.commentBefore = typeof earlier === 'string' ? `${earlier}\n${line}` : line
}

/** The entry with this key. */
export function pairOf(map: unknown, key: string): Pair | undefined {
  return isMap(map)
    ? map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
    : undefined
}

/**
 * What holds one entry a line; what is inside those stands on that line, unless it has such a block
 * itself.
 */
const blocks = new Set([
  'events',
  'snapshots',
  'counters',
  'groups',
  'types',
  'levels',
  'fields',
  'questions'
])

function layOutBlock(node: unknown): void {
  if (!isMap(node)) return
  for (const { key, value } of node.items) {
    const isBlock =
      isScalar(key) && blocks.has(String(key.value)) && isMap(value) && value.items.length > 0
    if (isBlock) for (const inner of value.items) layOutEntry(inner.value)
    else if (holdsBlock(value)) layOutBlock(value)
    else flow(value)
  }
}

/** A record, a field, or what else has a name in a block. */
function layOutEntry(node: unknown): void {
  if (isMap(node) && (holdsBlock(node) || pairOf(node, 'when') !== undefined)) layOutBlock(node)
  else if (isMap(node) && node.items.every(({ value }) => isMap(value)))
    for (const inner of node.items) layOutEntry(inner.value)
  else flow(node)
}

function holdsBlock(node: unknown): boolean {
  return (
    isMap(node) &&
    node.items.some(
      ({ key, value }) => isScalar(key) && blocks.has(String(key.value)) && isMap(value)
    )
  )
}

function flow(node: unknown): void {
  if (isNode(node) && !isScalar(node)) (node as YAMLMap).flow = true
}
