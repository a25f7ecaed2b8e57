/** What a command may touch, and how each finds the running server. */
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type { Effects, Network } from '../../effects.ts'
import { connect, type ApiClient } from './connect.ts'
import { remoteFor, type Remote } from './remotes.ts'

export interface Terminal {
  readonly effects: Effects
  readonly network: Network
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What relative paths are relative to. */
  readonly folder: string
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  /** To standard output, as they are: for programs. Resolves once there is room for more. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** All of standard input, as text. */
  readonly readInput: () => Promise<string>
  /** True when a person watches: then there are progress bars. */
  readonly isInteractive: boolean
  /** Characters of a line of the terminal that is printed to; undefined: it is none. */
  readonly width: number | undefined
  /** Empties the terminal, so that what is printed again stands where it stood. */
  readonly clear: () => void
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

export interface ServerOptions {
  readonly remote?: string
  readonly data?: string
  readonly config?: string
}

/** The same on every command that talks to a server. */
export function addServerOptions(command: Command): Command {
  return command
    .addOption(new Option('--remote <name>', 'a server that `candor remote add` keeps'))
    .addOption(new Option('--data <folder>', "the running server's data folder (./data)"))
    .addOption(
      new Option(
        '--config <file>',
        'configuration file that may name it (./candor.yaml, if there is one)'
      )
    )
}

/**
 * A remote that is named goes first, then `CANDOR_URL` and `CANDOR_TOKEN`, a data folder that is
 * named, the default remote, and last the data folder as the server finds its own.
 */
export async function connectTo(terminal: Terminal, options: ServerOptions): Promise<ApiClient> {
  const { effects, network, environment, signal } = terminal
  const remote = await chosenRemote(terminal, options)
  const url = remote?.url ?? (environment['CANDOR_URL'] || undefined)
  const token = remote?.token ?? (environment['CANDOR_TOKEN'] || undefined)
  // Whoever names both needs no configuration, and is not told what is wrong with one.
  const isFound = url !== undefined && token !== undefined
  return connect({
    dataFolder: isFound ? '' : await dataFolderOf(terminal, options),
    url,
    token,
    effects,
    network,
    signal
  })
}

/** The product of the remote that is asked; undefined: none is kept with it. */
export async function usualProduct(
  terminal: Terminal,
  options: ServerOptions
): Promise<string | undefined> {
  return (await chosenRemote(terminal, options))?.product
}

async function chosenRemote(
  terminal: Terminal,
  { remote, data, config }: ServerOptions
): Promise<Remote | undefined> {
  if (remote !== undefined) return remoteFor(terminal, remote)
  const isNamed = data !== undefined || config !== undefined
  return isNamed || terminal.environment['CANDOR_URL'] ? undefined : remoteFor(terminal, undefined)
}

/** What commands read themselves; an empty variable is none. */
const ownVariables = [
  'CANDOR_URL',
  'CANDOR_TOKEN',
  'CANDOR_DATA',
  'CANDOR_CONFIG',
  'CANDOR_COLUMNS'
]

/**
 * What reads the configuration is loaded only where there is one: most of a command's time would go
 * there. It also refuses a misspelled variable, so any that no command knows loads it too.
 */
async function dataFolderOf(
  { effects, environment, folder }: Terminal,
  { data, config }: ServerOptions
): Promise<string> {
  if (data !== undefined) return resolve(folder, data)
  const isNamed = config !== undefined || Boolean(environment['CANDOR_CONFIG'])
  const isKnown = Object.entries(environment).every(
    ([name, value]) => !value || !name.startsWith('CANDOR_') || ownVariables.includes(name)
  )
  if (!isNamed && isKnown && !(await isThere(effects, resolve(folder, 'candor.yaml'))))
    return resolve(folder, environment['CANDOR_DATA'] || 'data')
  const { findConfigFile, readConfig } = await import('../../config/config.ts')
  // Whether it may listen beyond loopback is the server's business, not that of whoever asks it
  // something.
  const source = { flags: { config, insecure: true }, environment, folder }
  return readConfig({ ...source, file: await findConfigFile(source, effects.files) }).data
}

async function isThere({ files }: Pick<Effects, 'files'>, path: string): Promise<boolean> {
  try {
    await files.access(path)
    return true
  } catch {
    return false
  }
}
