/** `candor compare`: where an installation stands in its fleet, by a published file alone. */
import { createPublicKey, verify } from 'node:crypto'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { readFleet, sayStanding } from '#values/fleet/comparison'
import { CandorError } from '../../errors.ts'
import type { Terminal } from '../terminal/terminal.ts'

const envelope = z.object({
  signed: z.string(),
  signatures: z.array(z.object({ key: z.string(), signature: z.string() }))
})
/** What stands before the 32 bytes of an Ed25519 key in its usual wrapping (SPKI). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

export function addCompare(program: Command, terminal: Terminal): void {
  program
    .command('compare <file>')
    .description('say where a version stands in its fleet, by a published fleet.json')
    .requiredOption('--running <version>', 'the version that you run')
    .option('--key <base64>', 'the public key that must have signed it, as `candor keys` prints it')
    .addHelpText(
      'after',
      '\nNobody is asked anything: fetch fleet.json from the published numbers first.' +
        '\nExample: candor compare fleet.json --running 2.26.1'
    )
    .action(async (file: string, { running, key }: { running: string; key?: string }) => {
      const text = await terminal.effects.files
        .readFile(resolve(terminal.folder, file), 'utf8')
        .catch((cause: unknown) => {
          throw new CandorError('PARAMETER_INVALID', `${file} can't be read.`, { cause })
        })
      const read = envelope.safeParse(parsed(text))
      const fleet = read.success ? readFleet(read.data.signed) : undefined
      if (!read.success || fleet === undefined)
        throw new CandorError('PARAMETER_INVALID', `${file} is no fleet.json of published numbers.`)
      if (key !== undefined && !isSigned(read.data, key))
        throw new CandorError('KEYS_INVALID', `${file} was not signed by this key.`)
      terminal.out(`${sayStanding(fleet, running).join('\n')}\n`)
      if (key === undefined)
        terminal.out('Who signed it was not looked at: --key holds it against a public key.\n')
    })
}

function isSigned({ signed, signatures }: z.infer<typeof envelope>, key: string): boolean {
  try {
    const bytes = Buffer.from(key, 'base64')
    const known = createPublicKey({
      key: Buffer.concat([spkiPrefix, bytes]),
      format: 'der',
      type: 'spki'
    })
    return signatures.some(({ signature }) =>
      verify(null, Buffer.from(signed), known, Buffer.from(signature, 'base64'))
    )
  } catch {
    return false
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
