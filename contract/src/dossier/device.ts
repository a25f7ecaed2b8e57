/** What is stored on, or read from, the device of whoever runs the program? */
import { strong, type Block } from '../generate/disclosure/document.ts'
import { code } from '../generate/type-words.ts'
import { paragraph, table, type Paper } from './paper.ts'

/** The state folder of the SDK, file by file: what each is for, and how long it stays. */
export function storedBlocks({ contract }: Paper): readonly Block[] {
  const { identity, versionCheck } = contract
  const rows: readonly (readonly string[])[] = [
    [code('consent.json'), 'what the user said, and the terms that were agreed to', 'until reset'],
    [code('notice.json'), 'that the notice was shown, and when', 'until reset'],
    ...(identity.sdkKind === 'none'
      ? []
      : [
          [
            code('identity.json'),
            'the random id and the salt of tokens',
            identity.sdkKind === 'window' ? `${identity.days ?? 7} days` : 'until off or reset'
          ]
        ]),
    [code('spool.jsonl'), 'records that wait to be sent', '21 days, 1 MiB at most'],
    [code('outbox'), 'reports on their way', 'until they are answered, 21 days at most'],
    [code('log'), 'what was sent, for the user to read', 'bounded; until off or reset'],
    [code('delivery.json'), 'when the next report is due', 'until off or reset'],
    ...(versionCheck === undefined
      ? []
      : [[code('versions.json'), 'the signed list of releases', 'until its signature expires']])
  ]
  return [
    paragraph('In the state folder of the program, readable by its user alone:'),
    ...table(['stored', 'what for', 'how long'], rows)
  ]
}

export function readBlocks({ disclosure }: Paper): readonly Block[] {
  return [
    paragraph('Read from the device, and sent with each report:'),
    ...table(
      ['read', 'what it becomes'],
      disclosure.environment.map(({ part, says }) => [code(part), says])
    ),
    paragraph(
      'Read and not sent: the switches (variables, flags and files above), to obey them; ' +
        'variables that tell continuous integration, tests and agents, to stay silent there.'
    ),
    paragraph(
      `${strong('Existing clients')} that are not built on the SDK store and read what their own ` +
        'page says.'
    )
  ]
}
