/**
 * What the command line offers: every command with its flags, each carried out in a file of its
 * own.
 */
import { printable } from '@candor/contract/printing'
import { Command } from 'commander'
import type { Terminal } from './terminal/terminal.ts'

type Add = (program: Command, terminal: Terminal) => void

interface Listed {
  readonly name: string
  readonly says: string
  readonly load: () => Promise<Add>
}

/**
 * A command's own file is loaded when it is asked for: one answer must not cost the whole server.
 */
const commands: readonly Listed[] = [
  {
    name: 'serve',
    says: 'run the collector',
    load: async () => (await import('./collector/serve.ts')).addServe
  },
  {
    name: 'dashboard',
    says: 'print a link that opens the dashboard and signs in, once, within ten minutes',
    load: async () => (await import('./collector/dashboard.ts')).addDashboard
  },
  {
    name: 'token',
    says: 'give others access of their own, and take it back',
    load: async () => (await import('./collector/token.ts')).addToken
  },
  {
    name: 'session',
    says: 'which browsers are signed in, and signing them out',
    load: async () => (await import('./collector/session.ts')).addSession
  },
  {
    name: 'write-key',
    says: "the keys that a product's clients send: list, give out, take back",
    load: async () => (await import('./collector/write-key.ts')).addWriteKey
  },
  {
    name: 'account',
    says: 'the accounts of an edition: list, show, link, delete',
    load: async () => (await import('./accounts/account.ts')).addAccount
  },
  {
    name: 'remote',
    says: 'keep servers elsewhere by name, with their tokens and a usual product',
    load: async () => (await import('./terminal/remote.ts')).addRemote
  },
  {
    name: 'doctor',
    says: 'check the running server: write path, store, disk, products, keys',
    load: async () => (await import('./collector/doctor.ts')).addDoctor
  },
  {
    name: 'clock',
    says: 'what time the server holds it to be: a clock that jumps is not believed',
    load: async () => (await import('./collector/clock.ts')).addClock
  },
  {
    name: 'move',
    says: 'move what the embedded store holds to a ClickHouse server, while reports come in',
    load: async () => (await import('./store/move.ts')).addMove
  },
  {
    name: 'inbox',
    says: 'read what can be read of a damaged inbox into a new one',
    load: async () => (await import('./collector/inbox.ts')).addInbox
  },
  {
    name: 'import',
    says: 'take in history from Segment or PostHog, each event into the day it belongs to',
    load: async () => (await import('./keeping/import.ts')).addImport
  },
  {
    name: 'backup',
    says: 'copy all that is kept, while the server runs, to a folder or an S3-compatible store',
    load: async () => (await import('./keeping/backup.ts')).addBackup
  },
  {
    name: 'restore',
    says: 'make a data folder of a backup, and count what came back',
    load: async () => (await import('./keeping/restore.ts')).addRestore
  },
  {
    name: 'quarantine',
    says: 'what could not be kept as it was: look, and judge it again',
    load: async () => (await import('./collector/quarantine.ts')).addQuarantine
  },
  {
    name: 'installation',
    says: 'show, export or delete what is kept about one installation',
    load: async () => (await import('./collector/installation.ts')).addInstallation
  },
  {
    name: 'ask',
    says: 'ask a question about a product',
    load: async () => (await import('./questions/ask.ts')).addAsk
  },
  {
    name: 'query',
    says: 'run one SELECT over the documented views',
    load: async () => (await import('./questions/query.ts')).addQuery
  },
  {
    name: 'digest',
    says: 'print the last full week of a product in fifteen lines, for cron and chat',
    load: async () => (await import('./questions/digest.ts')).addDigest
  },
  {
    name: 'compare',
    says: 'say where a version stands in its fleet, by a published fleet.json',
    load: async () => (await import('./questions/compare.ts')).addCompare
  },
  {
    name: 'tail',
    says: 'watch records as they are kept, with what was dropped and why',
    load: async () => (await import('./collector/tail.ts')).addTail
  },
  {
    name: 'shadow',
    says: 'before you switch: what a contract would keep of what goes to Segment or PostHog',
    load: async () => (await import('./shadow/shadow.ts')).addShadow
  },
  {
    name: 'init',
    says: "scaffold a product's folder with a commented contract",
    load: async () => (await import('@candor/contract/command')).addInit
  },
  {
    name: 'contract',
    says: 'work on a contract',
    load: async () => (await import('./contract/contract.ts')).addContract
  },
  {
    name: 'release',
    says: "edit a product's releases, which the version check answers from",
    load: async () => (await import('./releases/release.ts')).addRelease
  },
  {
    name: 'advisory',
    says: "what a product's users must hear of: publish, list, import and export",
    load: async () => (await import('./releases/advisory.ts')).addAdvisory
  },
  {
    name: 'export',
    says: 'write records of a product to files, or the signed feed for a static host',
    load: async () => (await import('./exporting/export.ts')).addExport
  },
  {
    name: 'publish',
    says: 'publish what the contract names, protected; or attack a published folder',
    load: async () => (await import('./collector/publish.ts')).addPublish
  },
  {
    name: 'keys',
    says: 'create or rotate keys',
    load: async () => (await import('./collector/keys.ts')).addKeys
  },
  {
    name: 'schema',
    says: "print the SQL that a ClickHouse of one's own needs: its reader, or a whole cluster",
    load: async () => (await import('./store/schema.ts')).addSchema
  },
  {
    name: 'edge',
    says: 'take reports near their clients, on a platform for workers',
    load: async () => (await import('./edge/edge.ts')).addEdge
  },
  {
    name: 'relay',
    says: 'one address inside a network: takes reports, leaves out what a policy says',
    load: async () => (await import('./edge/relay.ts')).addRelay
  },
  {
    name: 'sandbox',
    says:
      'collectors that answer well and badly, for tests of a program that reports; prints what ' +
      'arrives and keeps nothing',
    load: async () => (await import('./collector/sandbox.ts')).addSandbox
  },
  {
    name: 'completion',
    says: 'print a script that completes commands and flags in bash, zsh or fish',
    load: async () => {
      const { addCompletion } = await import('./terminal/completion.ts')
      return (program, terminal) => addCompletion(program, terminal, wholeProgram)
    }
  },
  {
    name: 'man',
    says: 'print the manual page of the command line',
    load: async () => {
      const { addMan } = await import('./terminal/man.ts')
      return (program, terminal) => addMan(program, terminal, wholeProgram)
    }
  }
]

/** The command that the words begin with, and only the names of all others. */
export async function createProgram(world: Terminal, words: readonly string[]): Promise<Command> {
  const named = words.filter((word) => !word.startsWith('-'))
  const wanted = named[0] === 'help' ? named[1] : named[0]
  return programWith(world, async (program, terminal) => {
    for (const { name, says, load } of commands)
      if (name === wanted) (await load())(program, terminal)
      else program.command(name).description(says)
  })
}

/** All commands with all their flags, for completions, the manual and the reference. */
export function wholeProgram(world: Terminal): Promise<Command> {
  return programWith(world, async (program, terminal) => {
    for (const { name, load } of commands) {
      const add =
        name === 'ask' ? (await import('./questions/ask-help.ts')).addQuestions : await load()
      add(program, terminal)
    }
  })
}

async function programWith(
  world: Terminal,
  addTo: (program: Command, terminal: Terminal) => Promise<void>
): Promise<Command> {
  // Servers, contracts and files of strangers are printed by nearly every command.
  const terminal: Terminal = {
    ...world,
    out: (text) => world.out(printable(text)),
    error: (text) => world.error(printable(text))
  }
  const program = new Command('candor')
    .description(
      'Usage telemetry that its users can read: receive it, keep what the contract allows, ' +
        'ask it questions.'
    )
    .version('0.1.0', '-v, --version')
    // `--version` behind a question is that question's filter.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.error,
      outputError: (text, write) => write(inOurWords(text))
    })
  await addTo(program, terminal)
  pointToHelp(program, 'candor')
  return program
}

/** Each mistake is answered with the help of the command that it was made in. */
function pointToHelp(command: Command, words: string): void {
  command.showHelpAfterError(`(${words} --help tells what there is)`)
  for (const inner of command.commands) pointToHelp(inner, `${words} ${inner.name()}`)
}

function inOurWords(text: string): string {
  return text
    .replace(/^error: /, 'candor: ')
    .replace(/command-argument value ('.*') is invalid for argument '(.*?)'\./, '$1 is no $2.')
}
