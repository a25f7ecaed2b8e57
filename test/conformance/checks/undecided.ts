/**
 * What happens before anybody could say no: on the first run at a terminal, and where there is
 * none.
 */
import type { Laboratory, Observed } from '../laboratory/laboratory.ts'
import type { Profile } from '../profile.ts'
import { isAmong } from '../laboratory/sandbox.ts'
import { judge, list, notOffered, type Check } from './check.ts'

/** One that is in every table, one whose name everybody reads, and one that nobody has heard of. */
const agents: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['Claude Code', { CLAUDECODE: '1' }],
  ['AGENT=…', { AGENT: 'newcomer' }],
  ['an unknown agent', { NEWCOMER_AGENT_SESSION_ID: 'x' }]
]

export function undecidedChecks({ notice }: Profile): Check[] {
  return [
    {
      id: 'undecided/terminal',
      says:
        'on its first run at a terminal it sends nothing and writes ' +
        `nothing${notice === undefined ? '' : ' but the mark of its notice'}`,
      try: (laboratory) =>
        laboratory.inSandbox(async (sandbox) => {
          const first = await laboratory.observe(sandbox, [], { onTerminal: true })
          return judge(problemsOf(laboratory, first, 'the first run'))
        })
    },
    {
      id: 'undecided/no-terminal',
      says: 'without a terminal, and without a yes, it never sends and writes nothing',
      try: (laboratory) =>
        laboratory.inSandbox(async (sandbox) => {
          const problems: string[] = []
          for (const which of ['the first run', 'the second run', 'the third run'])
            problems.push(...problemsOf(laboratory, await laboratory.observe(sandbox, []), which))
          return judge(problems)
        })
    },
    {
      id: 'undecided/agent',
      says:
        'an agent that runs it on a terminal, even an unknown one, uses up no notice and sends ' +
        'nothing',
      try: (laboratory) =>
        laboratory.inSandbox(async (sandbox) => {
          const problems: string[] = []
          for (const [which, variables] of agents) {
            const seen = await laboratory.observe(sandbox, [{ env: variables }], {
              onTerminal: true
            })
            const marked = seen.written.filter((path) => isAmong(path, notice?.marks))
            problems.push(
              ...problemsOf(laboratory, seen, which),
              ...(marked.length > 0 ? [`${which} marked ${list(marked)}`] : [])
            )
          }
          return judge([...new Set(problems)])
        })
    },
    {
      id: 'notice/shown',
      says:
        'the notice is shown on the first run at a terminal, even after runs that nobody read, ' +
        'and once',
      try: (laboratory) =>
        notice === undefined
          ? Promise.resolve(notOffered('the profile names no notice'))
          : tryNotice(laboratory, notice.text)
    }
  ]
}

function problemsOf(
  { profile, collector }: Laboratory,
  { network, written, isLate }: Observed,
  which: string
): string[] {
  const sent = collector.takeReports().length
  const other = written.filter((path) => !isAmong(path, profile.notice?.marks))
  return [
    ...(sent > 0 ? [`${which} sent ${sent} report${sent === 1 ? '' : 's'}`] : []),
    ...(network.length > 0 ? [`${which}: ${list(network)}`] : []),
    ...(other.length > 0 ? [`${which} wrote ${list(other)}`] : []),
    ...(isLate ? [`${which} did not end`] : [])
  ]
}

function tryNotice(laboratory: Laboratory, text: string): ReturnType<Check['try']> {
  return laboratory.inSandbox(async (sandbox) => {
    await laboratory.run(sandbox, [])
    // A terminal breaks lines where it likes, and ends each with two bytes.
    const shows = async (): Promise<boolean> => {
      const { stdout } = await laboratory.run(sandbox, [], { onTerminal: true })
      return plain(stdout.toString()).includes(plain(text))
    }
    const first = await shows()
    const sentAtFirst = laboratory.collector.takeReports().length
    const second = await shows()
    const sent = laboratory.collector.takeReports().length
    return judge(
      [
        ...(first ? [] : ['the first run at a terminal does not show it']),
        ...(sentAtFirst > 0 ? ['the run that shows it sends already'] : []),
        ...(second ? ['the second run shows it again'] : [])
      ],
      [`the run after it sent ${sent} report${sent === 1 ? '' : 's'}`]
    )
  })
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
