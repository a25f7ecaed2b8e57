/**
 * `candor inbox salvage`: an inbox whose disk gave back other bytes was moved aside; what can be
 * read of it becomes the new one, before the server starts again.
 */
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { findConfigFile, readConfig } from '../../config/config.ts'
import type { Salvaged } from '../../inbox/salvage.ts'
import type { Terminal } from '../terminal/terminal.ts'

export function addInbox(program: Command, terminal: Terminal): void {
  const inbox = program.command('inbox').description('what was answered and is not loaded yet')
  inbox
    .command('salvage')
    .description('read what can be read of a damaged inbox into a new one, without a server')
    .argument('<folder>', 'the damaged inbox, moved aside, such as data/inbox.damaged')
    .option('--data <folder>', 'the data folder that gets the new inbox (./data)')
    .option('--config <file>', 'configuration file that may name it')
    .action(async (folder: string, flags: Readonly<Record<string, unknown>>) => {
      const { effects, environment, folder: here } = terminal
      const source = { flags, environment, folder: here }
      const config = readConfig({
        ...source,
        file: await findConfigFile(source, effects.files)
      })
      const { salvageInbox } = await import('../../inbox/salvage.ts')
      const [from, to] = [resolve(here, folder), join(config.data, 'inbox')]
      terminal.out(told(await salvageInbox({ from, to, effects }), to))
    })
}

function told(salvaged: Salvaged, to: string): string {
  const { records, waiting, recordsLost, pagesLost, deletions, marks, keepsId } = salvaged
  const lines = [
    `Written to ${to}, from what could be read:`,
    `  records     ${records}, of which ${waiting} wait for the store; the others are in it`,
    `  deletions   ${deletions}`,
    `  duplicates  ${marks} groups of marks by which they are known`,
    `  lost        ${pagesLost} pages, and whatever they held; beside them ${recordsLost} records`,
    ...(keepsId
      ? []
      : ['  Its name could not be read: what was on its way into the store may be there twice.']),
    'Start the server: what waits is loaded. Keep the damaged folder until you have looked.'
  ]
  return `${lines.join('\n')}\n`
}
