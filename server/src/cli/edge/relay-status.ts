/** `candor relay status`: what waits, what was passed on, and what was withheld. */
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { statusFileOf, statusPath, type RelayStatus } from '../../edge/relay/status.ts'
import { CandorError } from '../../errors.ts'
import { isObject, parseJson } from '../../protocols/json.ts'
import { oneOf } from '../terminal/choice.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface StatusFlags {
  readonly data: string
  readonly format: 'text' | 'json'
}

export const relayFolder = './relay'

const formats = ['text', 'json'] as const

export function addRelayStatus(relay: Command, terminal: Terminal): void {
  relay
    .command('status')
    .description('what waits, what was passed on since the start, and what was withheld')
    .option('--data <folder>', "the running relay's data folder", relayFolder)
    .addOption(
      new Option('--format <format>', 'how to print')
        .choices(formats)
        .argParser(oneOf(formats))
        .default('text')
    )
    .action(async ({ data, format }: StatusFlags) => {
      const status = await statusOf(resolve(terminal.folder, data), terminal)
      terminal.out(format === 'json' ? `${JSON.stringify(status)}\n` : statusText(status))
    })
}

async function statusOf(
  data: string,
  { effects, network, signal }: Pick<Terminal, 'effects' | 'network' | 'signal'>
): Promise<RelayStatus> {
  const text = await effects.files.readFile(statusFileOf(data), 'utf8').catch(() => '')
  const said = parseJson(text)
  const { url, token } = isObject(said) ? said : {}
  if (typeof url !== 'string' || typeof token !== 'string') throw notRunning(data)
  const headers = { authorization: `Bearer ${token}` }
  const answer = await network
    .fetch(`${url}${statusPath}`, { headers, signal, redirect: 'error' })
    .catch((cause: unknown) => {
      signal.throwIfAborted()
      throw notRunning(data, cause)
    })
  if (!answer.ok) throw notRunning(data)
  return (await answer.json()) as RelayStatus
}

function notRunning(data: string, cause?: unknown): CandorError {
  return new CandorError(
    'SERVER_UNREACHABLE',
    `No relay answers for ${data}. Start one with \`candor relay\`, or name its folder with ` +
      '--data.',
    { cause }
  )
}

function statusText({ collector, policy, since, queue, passed, last }: RelayStatus): string {
  const at = (instant: number | undefined): string =>
    instant === undefined ? 'never' : new Date(instant).toISOString()
  const { bytesWaiting, oldestWaitingAt } = queue
  const waits =
    oldestWaitingAt === undefined
      ? 'nothing'
      : `${Math.ceil(bytesWaiting / 1_024)} KiB, the oldest since ${at(oldestWaitingAt)}`
  const lines = [
    `Relay to ${collector}, since ${at(since)}`,
    `  policy      ${policy ?? 'none: what the contracts keep goes on'}`,
    `  waiting     ${waits}`,
    `  handed on   ${queue.handedOn} requests, the last at ${at(queue.lastHandedOnAt)}`,
    ...(queue.awaySince === undefined
      ? []
      : [`  COLLECTOR   takes nothing since ${at(queue.awaySince)}; it is tried again`]),
    ...(queue.refusing === undefined
      ? []
      : [`  REFUSING    ${queue.refusing}: clients are told to come again`]),
    ...(queue.unreadable === 0
      ? []
      : [`  UNREADABLE  ${queue.unreadable} requests: the collector has another secret now`]),
    ...(queue.givenUp === 0 ? [] : [`  GIVEN UP    ${queue.givenUp} requests after two weeks`]),
    '',
    ...countLines(passed),
    '',
    last.length === 0 ? 'Nothing was passed on yet.' : 'Passed on last:',
    ...last.map(
      ({ at: instant, product, name, installation, version, fields }) =>
        `  ${at(instant)} ${product} ${name} ${version ?? '(no version)'} ` +
        `${installation ?? '(no id)'} ${JSON.stringify(fields)}`
    )
  ]
  return `${lines.join('\n')}\n`
}

function countLines(passed: RelayStatus['passed']): readonly string[] {
  const rows = Object.entries(passed).flatMap(([product, records]) =>
    Object.entries(records).flatMap(([name, counts]) => [
      [`${product} ${name}`, counts] as const,
      ...Object.entries(counts.fields).map(([field, each]) => [`    ${field}`, each] as const)
    ])
  )
  const width = Math.max(20, ...rows.map(([name]) => name.length))
  return [
    `${'record, field'.padEnd(width)} ${'passed on'.padStart(10)} ${'withheld'.padStart(10)}`,
    ...rows.map(
      ([name, counts]) =>
        `${name.padEnd(width)} ${String(counts.passed).padStart(10)} ` +
        String(counts.withheld).padStart(10)
    )
  ]
}
