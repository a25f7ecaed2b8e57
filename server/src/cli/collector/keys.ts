/**
 * `candor keys`: the keys that sign the feed of releases, and the epochs of the secret that re-keys
 * ids.
 */
import type { Command } from 'commander'
import { findConfigFile, readConfig, type Config } from '../../config/config.ts'
import { createKeys, rotateKeys, type FeedKeys } from '../../releases/keys.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface KeysFlags extends Readonly<Record<string, unknown>> {
  readonly ids?: true
}

export function addKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('create or rotate keys')
  keys
    .command('create')
    .description('make the two keys that sign the feed: the current one and the next')
    .option('--data <folder>', 'the data folder; keys lie beside it')
    .option('--config <file>', 'configuration file')
    .option('--keys <folder>', 'where to')
    .action(async (flags: KeysFlags) => {
      const config = await configOf(flags, terminal)
      tell(
        await createKeys({ folder: config.keys, effects: terminal.effects }),
        config.keys,
        terminal
      )
    })
  keys
    .command('rotate')
    .description('put the next feed key in use and make another; or start a new epoch of ids')
    .option(
      '--ids',
      'ids instead: from the next start on, all tokens differ from before, and charts mark ' +
        'the break'
    )
    .option('--data <folder>', 'the data folder')
    .option('--config <file>', 'configuration file')
    .option('--keys <folder>', 'where the feed keys are')
    .option('--secret <file>', 'the master secret')
    .action(async ({ ids, ...flags }: KeysFlags) => {
      const config = await configOf(flags, terminal)
      if (ids === true) {
        const { openKeyring } = await import('../../collector/secret/keyring.ts')
        const keyring = await openKeyring({
          path: config.secret,
          dataFolder: config.data,
          effects: terminal.effects
        })
        terminal.out(
          `epoch ${await keyring.rotate()} begins with the server's next start; deletion and ` +
            'look-ups search all epochs\n'
        )
      } else
        tell(
          await rotateKeys({ folder: config.keys, effects: terminal.effects }),
          config.keys,
          terminal
        )
    })
}

async function configOf(
  flags: Readonly<Record<string, unknown>>,
  { environment, effects, folder }: Terminal
): Promise<Config> {
  const source = { flags, environment, folder }
  return readConfig({ ...source, file: await findConfigFile(source, effects.files) })
}

function tell(keys: FeedKeys, folder: string, { out }: Terminal): void {
  const lines = keys.public.map(({ use, id, key }) => `  ${use.padEnd(8)}${id}  ${key}`)
  out(
    `Feed keys in ${folder} (keep them out of backups that others read). Pin both public ` +
      `keys in your client:\n${lines.join('\n')}\n`
  )
}
