/**
 * An engine of thin clones, as small as can be: what it makes are folders with an id and a time.
 */
import { createHash, randomUUID } from 'node:crypto'

export interface Clone {
  readonly id: string
  readonly made: number
  /** Seconds. */
  readonly cloningTime: number
  readonly isProtected: boolean
}

export interface Engine {
  readonly clones: ReadonlyMap<string, Clone>
  makeClone(id: string | undefined): Clone
  resetClone(id: string): Clone | undefined
  removeClone(id: string): Clone | undefined
  makeSnapshot(): string
  /** Refreshes all data; there must be a pool without clones for that. */
  refresh(): { readonly is: 'refreshed' } | { readonly is: 'skipped'; readonly message: string }
}

export function createEngine(now: () => number): Engine {
  const clones = new Map<string, Clone>()
  const make = (id: string, began: number): Clone => {
    const clone = { id, made: now(), cloningTime: (now() - began) / 1000, isProtected: false }
    clones.set(id, clone)
    return clone
  }
  return {
    clones,
    makeClone: (id) => make(id ?? randomUUID(), now()),
    resetClone: (id) => (clones.has(id) ? make(id, now()) : undefined),
    removeClone(id) {
      const clone = clones.get(id)
      clones.delete(id)
      return clone
    },
    makeSnapshot: () => createHash('sha256').update(randomUUID()).digest('hex').slice(0, 12),
    refresh: () =>
      clones.size === 0
        ? { is: 'refreshed' }
        : { is: 'skipped', message: 'Pool to perform full refresh not found. Skip refreshing' }
  }
}
