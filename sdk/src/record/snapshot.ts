/**
 * What did the program hand over? A copy that is plain data, taken at once, so that nothing of the
 * program runs or changes later.
 */

/**
 * Stands for what JSON has no word for: a function, a symbol, a BigInt, a broken Date, something
 * that threw or never ended.
 */
export const unreadable: unique symbol = Symbol('unreadable')

/**
 * As many values as a record of the largest size could hold; one list may be longer than its type
 * allows by no more than this.
 */
const valuesMax = 10_001
const depthMax = 24

/**
 * Returns what is already plain as it is. Never throws, calls only getters and proxies of what it
 * copies, and those only once.
 */
export function snapshot(value: unknown): unknown {
  if (typeof value === 'object') {
    if (value === null) return null
    try {
      return copyOf(value, 0, { left: valuesMax })
    } catch {
      return unreadable
    }
  }
  return typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint'
    ? unreadable
    : value
}

/**
 * The members of an object that can be read, whatever the others do. `unread` is called for each of
 * those.
 */
export function snapshotMembers(value: unknown, unread: () => void): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  if (typeof value !== 'object' || value === null) return copy
  let keys: readonly string[] = []
  try {
    keys = Object.keys(value)
  } catch {
    unread()
  }
  for (const key of keys) {
    try {
      const member = snapshot((value as Record<string, unknown>)[key])
      if (key !== '__proto__') copy[key] = member
    } catch {
      unread()
    }
  }
  return copy
}

function copyOf(value: object, depth: number, budget: { left: number }): unknown {
  if (value instanceof Date) return new Date(Date.prototype.getTime.call(value)).toISOString()
  if (depth > depthMax) return unreadable
  if (Array.isArray(value)) {
    const items: unknown[] = []
    const count = value.length
    for (let index = 0; index < count && budget.left > 0; index += 1)
      items.push(memberOf(value[index], depth, budget))
    return items
  }
  // Without a prototype, even `__proto__` is a key like any other: undeclared, counted, harmless.
  const copy = Object.create(null) as Record<string, unknown>
  for (const key of Object.keys(value)) {
    if (budget.left <= 0) return unreadable
    copy[key] = memberOf((value as Record<string, unknown>)[key], depth, budget)
  }
  return copy
}

function memberOf(value: unknown, depth: number, budget: { left: number }): unknown {
  budget.left -= 1
  if (typeof value === 'object' && value !== null) return copyOf(value, depth + 1, budget)
  return typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint'
    ? unreadable
    : value
}
