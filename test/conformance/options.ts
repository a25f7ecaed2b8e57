/** What was asked for on the command line. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import yargs from 'yargs'
import { completeProfile, profileAt, type Profile } from './profile.ts'
import { Refusal } from './refusal.ts'

export interface Options {
  readonly format: 'text' | 'json'
  readonly only: readonly string[]
  readonly pairs: number
  readonly toleranceMs: number
  readonly asked:
    | { readonly for: 'program'; readonly profile: Profile }
    | { readonly for: 'table'; readonly file: string }
    | { readonly for: 'help'; readonly text: string }
}

const usage = `npm run conformance -- [flags] FOLDER | PROFILE.json | COMMAND…

Runs a program in a closed network, with a collector that can be told to misbehave and under a
tracer, and proves what its telemetry does and leaves alone.
FOLDER has a conformance.json: docs/guide/conformance.md.
Exit code: 0 if nothing fails, 1 if something does, 2 if the kit could not do its work.`

export async function readOptions(words: readonly string[], folder: string): Promise<Options> {
  const parser = yargs([...words])
    .scriptName('conformance')
    .usage(usage)
    // The first word that is no flag begins the command, whose flags are its own.
    .parserConfiguration({
      'halt-at-non-option': true,
      'populate--': false,
      'duplicate-arguments-array': true
    })
    .options({
      format: {
        choices: ['text', 'json'] as const,
        default: 'text' as const,
        describe: 'how to print what was found'
      },
      only: {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'only checks whose id begins so; may be repeated'
      },
      pairs: { type: 'number', default: 15, describe: 'pairs of runs for each network' },
      'tolerance-ms': {
        type: 'number',
        default: 3,
        describe: 'how much of a delay the machine’s noise may explain'
      },
      table: {
        type: 'boolean',
        default: false,
        describe: 'write docs/reference/conformance.md: our examples and two vendors’ SDKs'
      },
      name: { type: 'string', describe: 'for the report' },
      product: {
        type: 'string',
        describe: 'its name, which begins its variables: <PRODUCT>_TELEMETRY'
      },
      env: {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'NAME=value of each run; {endpoint} stands for the collector'
      },
      yes: {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'NAME=value that makes it report where nobody can be asked'
      },
      off: {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'NAME=value that switches it off, beside DO_NOT_TRACK=1'
      },
      notice: { type: 'string', describe: 'a text of its notice' },
      mark: {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'the file that remembers the notice: home/.config/…'
      },
      done: { type: 'string', describe: 'what it prints when its work is done' },
      preview: { type: 'string', describe: 'the command that prints the next body' },
      wire: {
        choices: ['native', 'segment', 'posthog', 'raw'] as const,
        describe: 'what it speaks'
      }
    })
    .strictOptions()
    .version(false)
    .help(false)
    .option('help', { alias: 'h', type: 'boolean', describe: 'this text' })
    .fail((message: string, error: Error | undefined) => {
      throw new Refusal('USAGE', `${message ?? error?.message}; --help lists the flags`, {
        cause: error
      })
    })
    .exitProcess(false)
    .wrap(130)
  const flags = await parser.parse()
  const common = {
    format: flags.format,
    only: flags.only,
    pairs: flags.pairs,
    toleranceMs: flags['tolerance-ms']
  }
  if (flags.help === true)
    return { ...common, asked: { for: 'help', text: `${await parser.getHelp()}\n` } }
  if (!(Number.isInteger(flags.pairs) && flags.pairs >= 1 && flags.pairs <= 1000))
    throw new Refusal('USAGE', '--pairs must be from 1 to 1000')
  if (!(flags['tolerance-ms'] >= 0)) throw new Refusal('USAGE', '--tolerance-ms must be 0 or more')
  const command = flags._.map(String)
  const [first] = command
  if (flags.table)
    return {
      ...common,
      asked: { for: 'table', file: resolve(folder, first ?? 'docs/reference/conformance.md') }
    }
  if (first === undefined) throw new Refusal('USAGE', `${usage}\n\n--help lists the flags`)
  const stored = command.length === 1 ? profileAt(resolve(folder, first)) : undefined
  if (stored !== undefined) return { ...common, asked: { for: 'program', profile: stored } }
  const { name, product, env, yes, off, notice, mark, done, preview, wire } = flags
  const document = {
    command: command.map((word) => absolute(word, folder)),
    ...(name === undefined ? {} : { name }),
    ...(product === undefined ? {} : { product }),
    ...(env === undefined ? {} : { env: variablesOf(env, '--env') }),
    ...(yes === undefined ? {} : { yes: { env: variablesOf(yes, '--yes') } }),
    ...(off === undefined
      ? {}
      : {
          off: Object.fromEntries(off.map((word) => [word, { env: variablesOf([word], '--off') }]))
        }),
    ...(notice === undefined ? {} : { notice: { text: notice, marks: mark ?? [] } }),
    ...(done === undefined ? {} : { done }),
    ...(preview === undefined
      ? {}
      : {
          preview: {
            command: preview
              .split(/\s+/)
              .filter(Boolean)
              .map((word) => absolute(word, folder))
          }
        }),
    ...(wire === undefined ? {} : { wire })
  }
  return {
    ...common,
    asked: { for: 'program', profile: completeProfile(document, folder, 'the command line') }
  }
}

function variablesOf(words: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 1) throw new Refusal('USAGE', `${flag} needs NAME=value, and not ${word}`)
      return [word.slice(0, at), word.slice(at + 1)]
    })
  )
}

/**
 * The program runs in a folder of its own, where a path that is relative to the caller's leads
 * nowhere.
 */
function absolute(word: string, folder: string): string {
  return !word.startsWith('-') && word.includes('.') && existsSync(resolve(folder, word))
    ? resolve(folder, word)
    : word
}
