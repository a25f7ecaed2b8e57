/** What a command may touch, and how each finds the running server. */
import { Option, type Command } from 'commander'
import { findConfigFile, readConfig } from '../../config/config.ts'
import type { Effects, Network } from '../../effects.ts'
import { connect, type ApiClient } from './connect.ts'

export interface Terminal {
  readonly effects: Effects
  readonly network: Network
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What relative paths are relative to. */
  readonly folder: string
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  /** All of standard input, as text. */
  readonly readInput: () => Promise<string>
  /** True when a person watches: then there are progress bars. */
  readonly isInteractive: boolean
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

export interface ServerOptions {
  readonly data?: string
  readonly config?: string
}

/** The same on every command that talks to a server. */
export function addServerOptions(command: Command): Command {
  return command
    .addOption(new Option('--data <folder>', "the running server's data folder (./data)"))
    .addOption(
      new Option(
        '--config <file>',
        'configuration file that may name it (./candor.yaml, if there is one)'
      )
    )
}

/**
 * `CANDOR_URL` and `CANDOR_TOKEN` go first; the data folder is found as the server finds its own.
 */
export async function connectTo(
  terminal: Terminal,
  { data, config }: ServerOptions
): Promise<ApiClient> {
  const { effects, network, environment, folder, signal } = terminal
  // Whether it may listen beyond loopback is the server's business, not that of whoever asks it
  // something.
  const source = { flags: { data, config, insecure: true }, environment, folder }
  const settings = readConfig({ ...source, file: await findConfigFile(source, effects.files) })
  return connect({
    dataFolder: settings.data,
    url: environment['CANDOR_URL'] || undefined,
    token: environment['CANDOR_TOKEN'] || undefined,
    effects,
    network,
    signal
  })
}
