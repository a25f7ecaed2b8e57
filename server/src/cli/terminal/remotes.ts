/**
 * Which servers elsewhere does this user ask, with which token, and about which product if nothing
 * is said?
 */
import { dirname, join } from 'node:path'
import { CandorError } from '../../errors.ts'
import type { Effects } from '../../effects.ts'

interface World {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly effects: Pick<Effects, 'files' | 'random'>
}

export interface Remote {
  readonly url: string
  readonly token: string
  readonly product?: string
}

export interface Remotes {
  /** Asked where no other is named, and no server of this machine. */
  readonly default?: string
  readonly remotes: Readonly<Record<string, Remote>>
}

/** `~/.config/candor/remotes.json`, or where XDG_CONFIG_HOME says. */
function fileOf({ environment }: Pick<World, 'environment'>): string {
  const home = environment['HOME'] ?? environment['USERPROFILE'] ?? '.'
  return join(environment['XDG_CONFIG_HOME'] || join(home, '.config'), 'candor', 'remotes.json')
}

export async function readRemotes(terminal: World): Promise<Remotes> {
  const file = fileOf(terminal)
  let text: string
  try {
    text = await terminal.effects.files.readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { remotes: {} }
    throw unreadable(file, error)
  }
  try {
    const read = JSON.parse(text) as Partial<Remotes>
    if (typeof read.remotes === 'object') return { ...read, remotes: read.remotes }
  } catch (error) {
    throw unreadable(file, error)
  }
  throw unreadable(file, undefined)
}

/** Tokens are in it: nobody else may read it, and a crash leaves the old one. */
export async function writeRemotes(terminal: World, remotes: Remotes): Promise<void> {
  const { files, random } = terminal.effects
  const file = fileOf(terminal)
  await files.mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${random(6).toString('hex')}`
  await files.writeFile(draft, `${JSON.stringify(remotes, undefined, 2)}\n`, { mode: 0o600 })
  await files.rename(draft, file)
}

/** The one that is named, or the default; undefined: neither. */
export async function remoteFor(
  terminal: World,
  name: string | undefined
): Promise<Remote | undefined> {
  const { default: usual, remotes } = await readRemotes(terminal)
  const wanted = name ?? usual
  if (wanted === undefined) return undefined
  const found = Object.hasOwn(remotes, wanted) ? remotes[wanted] : undefined
  if (found !== undefined) return found
  const names = Object.keys(remotes).join(', ') || 'none yet'
  throw new CandorError(
    'CONFIG_INVALID',
    `There is no remote "${wanted}". There are: ${names}. \`candor remote add\` adds one.`
  )
}

function unreadable(file: string, cause: unknown): CandorError {
  return new CandorError(
    'CONFIG_INVALID',
    `The remotes in ${file} can't be read. Mend the file, or remove it and add them again.`,
    { cause }
  )
}
