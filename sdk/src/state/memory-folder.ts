/**
 * Where do records wait if nothing can be written? In this process's memory, for as long as it
 * lives: a read-only container may have said yes too.
 */
import type { StateFolder } from './state-folder.ts'

export interface MemoryFolder extends StateFolder {
  /** What is in memory goes. */
  clear(): void
}

/**
 * The folder as long as it can be written to, and memory from then on; what was written before
 * stays readable. Its bounds are its users'.
 */
export function withMemory(state: StateFolder): MemoryFolder {
  const memory = new Map<string, string>()
  let changes = 0
  const keep = (name: string, text: string): true => {
    memory.set(name, text)
    changes += 1
    return true
  }
  /** Also after a write that failed just now, for which the folder is no more. */
  const isGone = (): boolean => state.path === undefined
  return {
    ...state,
    get path() {
      return state.path
    },
    read: (name, bytesMax) => memory.get(name) ?? state.read(name, bytesMax),
    look(name, bytesMax) {
      const text = memory.get(name)
      return text === undefined ? state.look(name, bytesMax) : { is: 'text', text }
    },
    write: (name, text) =>
      memory.has(name)
        ? keep(name, text)
        : state.write(name, text) || (isGone() && keep(name, text)),
    createOnce(name, text) {
      if (memory.has(name)) return 'exists'
      const made = state.createOnce(name, text)
      return made === 'failed' && isGone() && keep(name, text) ? 'made' : made
    },
    append(name, text) {
      const before = memory.get(name)
      if (before === undefined && state.append(name, text)) return true
      return (before !== undefined || isGone()) && keep(name, (before ?? '') + text)
    },
    remove(name) {
      memory.delete(name)
      state.remove(name)
    },
    removeAll(except) {
      for (const name of memory.keys())
        if (!except.includes(name.split('/')[0] ?? '')) memory.delete(name)
      state.removeAll(except)
    },
    list(subfolder) {
      const prefix = subfolder === '' ? '' : `${subfolder}/`
      const own = [...memory.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length).split('/')[0] ?? '')
      return [...new Set([...state.list(subfolder), ...own])].toSorted()
    },
    rename(from, to) {
      const text = memory.get(from)
      if (text === undefined) return state.rename(from, to)
      memory.delete(from)
      return keep(to, text)
    },
    sizeOf(name) {
      const text = memory.get(name)
      return text === undefined ? state.sizeOf(name) : Buffer.byteLength(text)
    },
    stampOf: (name) => (memory.has(name) ? `memory ${changes}` : state.stampOf(name)),
    clear: () => memory.clear()
  }
}
