/** What a command may touch, and how each finds the running server. */
import { Option } from 'commander'
import type { Effects, Network } from '../effects.ts'
import { connect, type ApiClient } from './connect.ts'

export interface Terminal {
  readonly effects: Effects
  readonly network: Network
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What relative paths are relative to. */
  readonly folder: string
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  /** True when a person watches: then there are progress bars. */
  readonly isInteractive: boolean
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

export interface ServerOptions {
  readonly data: string
}

/** The same on every command that talks to a server. */
export function dataOption(): Option {
  return new Option('--data <folder>', "the running server's data folder").default('./data')
}

export function connectTo(terminal: Terminal, { data }: ServerOptions): Promise<ApiClient> {
  const { effects, network, environment } = terminal
  return connect({
    dataFolder: environment['CANDOR_DATA'] ?? data,
    url: environment['CANDOR_URL'],
    token: environment['CANDOR_TOKEN'],
    effects,
    network
  })
}
