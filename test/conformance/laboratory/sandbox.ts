/** A home and a working folder that nobody used before, and what changed in them. */
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

export interface Sandbox {
  readonly root: string
  readonly home: string
  readonly work: string
  readonly remove: () => void
}

/**
 * Path below the sandbox → size and content, of everything in it. Times are left out: a look is no
 * change.
 */
export type Tree = ReadonlyMap<string, { readonly bytes: number; readonly content: string }>

export function makeSandbox(): Sandbox {
  const root = mkdtempSync(join(tmpdir(), 'conformance-'))
  const [home, work, temporary] = [join(root, 'home'), join(root, 'work'), join(root, 'tmp')]
  for (const folder of [home, work, temporary]) mkdirSync(folder)
  return {
    root,
    home,
    work,
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 10 })
  }
}

/**
 * The whole environment of a program in a sandbox, before its profile adds to it: nothing of the
 * machine's own but the path.
 */
export function environmentOf({ root, home }: Sandbox, path: string): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local/state'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    TMPDIR: join(root, 'tmp'),
    LANG: 'C.UTF-8',
    TERM: 'xterm'
  }
}

export function treeOf({ root }: Sandbox): Tree {
  const tree = new Map<string, { bytes: number; content: string }>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(root, path)
    if (entry.isDirectory()) tree.set(name, { bytes: 0, content: 'folder' })
    else if (entry.isSymbolicLink())
      tree.set(name, { bytes: 0, content: `link to ${readlinkSync(path)}` })
    else if (entry.isFile()) {
      const content = readFileSync(path)
      tree.set(name, {
        bytes: statSync(path).size,
        content: createHash('sha256').update(content).digest('hex')
      })
    } else tree.set(name, { bytes: 0, content: 'special' })
  }
  return tree
}

/** What is new or other than before; what is gone is no trace that was left. */
export function changesOf(before: Tree, after: Tree): string[] {
  return [...after]
    .filter(([path, { content }]) => before.get(path)?.content !== content)
    .map(([path]) => path)
}

/** `home/.config/x`: a path as the report prints it, whichever sandbox it was in. */
export function nameOf({ root }: Sandbox, path: string): string {
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
}

/**
 * Whether a name is one of these, or a folder above: `*` is part of a name, `**` is any number of
 * folders.
 */
export function isAmong(name: string, globs: readonly string[] = []): boolean {
  return globs.some((glob) => {
    const parts = glob.split(/(\*\*\/?|\*)/).map((part) => {
      if (part === '*') return '[^/]*'
      return part.startsWith('**') ? '.*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    })
    return new RegExp(`^${parts.join('')}$`).test(name) || glob.startsWith(`${name}/`)
  })
}

/** Files of the sandbox that a glob means, oldest name first. */
export function globFiles(sandbox: Sandbox, glob: string): string[] {
  return [...treeOf(sandbox).keys()]
    .filter((name) => isAmong(name, [glob]))
    .toSorted()
    .map((name) => join(sandbox.root, name))
}
