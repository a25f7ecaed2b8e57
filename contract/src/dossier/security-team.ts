/**
 * Says on one page what a security team asks before it lets a program run: where, what, how
 * much.
 */
import { exampleReport } from '../generate/schema/example.ts'
import type { Block } from '../generate/disclosure/document.ts'
import { code } from '../generate/type-words.ts'
import { storedBlocks } from './device.ts'
import { conformanceBlocks, measureBlocks, neverBlocks, switchBlocks } from './facts.ts'
import { heading, list, paragraph, table, type Paper } from './paper.ts'

/** What the SDK keeps at most until it is sent, and what one report may weigh. */
const spoolBytesMax = 1_048_576
const reportBytesMax = 65_536

export function securityTeamPaper(paper: Paper): readonly Block[] {
  const { contract, disclosure } = paper
  return [
    heading(2, 'Connections'),
    ...table(['what', 'host', 'port', 'direction', 'switched off by'], connections(paper)),
    ...list([
      'Outgoing only: nothing listens. Proxies (`HTTPS_PROXY`, `NO_PROXY`) are used as they are ' +
        'set, and certificate authorities of your own may be named.',
      'Blocked, the program works as before: nothing waits for the network, no exit code changes.',
      contract.delivery === 'in-process'
        ? 'No process is started for it.'
        : 'For a short program one process of its own delivers, ten seconds at most; a machine ' +
          'policy may forbid it (`"delivery": "in-process"`).',
      'What a program with the SDK contacts is printed by its `telemetry status`.'
    ]),
    heading(2, 'How much'),
    ...volume(paper),
    heading(2, 'Switches'),
    ...switchBlocks(paper),
    heading(2, 'What is sent'),
    paragraph(
      `Every field is on the page for users (${contract.page ?? 'TELEMETRY.md'}); ` +
        'this is all that one report carries, with made-up values:'
    ),
    {
      is: 'code',
      language: 'json',
      text: JSON.stringify(exampleReport(contract, [...contract.records.values()][0]), null, 2)
    },
    heading(2, 'Values that are never sent'),
    ...neverBlocks(paper),
    heading(2, 'On disk'),
    ...storedBlocks(paper),
    heading(2, 'Measures'),
    ...measureBlocks(),
    heading(2, 'How it was tested'),
    ...conformanceBlocks(paper),
    heading(2, 'Who answers'),
    ...list([
      `Questions: ${disclosure.contact ?? 'the contract names no contact'}`,
      ...(disclosure.source === undefined ? [] : [`The code that sends: ${disclosure.source}`])
    ]),
    paper.blank('incident_contact'),
    paper.blank('access'),
    paper.blank('operator')
  ]
}

function connections({ contract }: Paper): readonly (readonly string[])[] {
  const { endpoint = {}, versionCheck, product } = contract
  const off = code(`${product.toUpperCase().replaceAll('-', '_')}_VERSION_CHECK=off`)
  const reports = [endpoint['default'], endpoint['segment']].flatMap((address) =>
    address === undefined ? [] : [['reports', ...hostOf(address), 'out', 'any switch below']]
  )
  const rows = [
    ...(reports.length > 0
      ? reports
      : [['reports', 'set by whoever runs it; the contract names none', '', 'out', 'the same']]),
    ...(versionCheck === undefined
      ? []
      : [
          [
            'the list of versions (no id, no parameter)',
            ...(versionCheck.url === undefined
              ? ['where reports go', '443']
              : hostOf(versionCheck.url)),
            'out',
            off
          ]
        ])
  ]
  return rows
}

function hostOf(address: string): readonly [host: string, port: string] {
  if (!URL.canParse(address)) return [code(address), '443']
  const { hostname, port, protocol } = new URL(address)
  const usual = protocol === 'http:' ? '80' : '443'
  return [code(hostname), port === '' ? usual : port]
}

function volume({ contract }: Paper): readonly Block[] {
  const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length
  const rows = [...contract.records.values()].map((record) => {
    const bytes = bytesOf(exampleReport(contract, record))
    const most = record.every?.perDayMax
    return [
      code(record.name),
      String(bytes),
      record.every?.says ?? 'whenever it happens',
      most === undefined ? '' : String(bytes * most)
    ]
  })
  return [
    ...table(['record', 'bytes of a report with one', 'how often', 'bytes a day at most'], rows),
    paragraph(
      'A program with the SDK sends once a day, unless it is told to flush. A report weighs at ' +
        `most ${reportBytesMax} bytes, and no more than ${spoolBytesMax} bytes may wait: that is ` +
        'what a day’s sending costs at most. Bytes are of JSON before it is compressed, ' +
        'without what HTTP and TLS add.'
    )
  ]
}
