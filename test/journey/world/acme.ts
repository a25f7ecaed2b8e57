/** An operator's own product, scaffolded as its maintainer would. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCandor } from './candor-server.ts'

export interface AcmeFolder {
  /** Where a server starts, with `./acme` in it. */
  readonly folder: string
  readonly scaffolded: Awaited<ReturnType<typeof runCandor>>
  /** Edits `acme/contract.yaml`. */
  edit(from: string, to: string): void
}

export async function acmeFolder(): Promise<AcmeFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'candor-acme-'))
  const scaffolded = await runCandor({ data: join(folder, 'data'), folder }, ['init', 'acme'])
  const contract = join(folder, 'acme', 'contract.yaml')
  const edit: AcmeFolder['edit'] = (from, to) => {
    const before = readFileSync(contract, 'utf8')
    if (!before.includes(from)) throw new Error(`the scaffold has no ${from}`)
    writeFileSync(contract, before.replace(from, to))
  }
  // The scaffold identifies nobody; what the journeys ask needs installations, and exact times.
  edit('  kind: none', '  random: true\n  kind: persistent')
  edit('round: 1 digit', 'round: 3 digits')
  return { folder, scaffolded, edit }
}

/** What a snapshot adds to the scaffold. */
export const withSnapshot = [
  '\ncontrols:',
  `
snapshots:
  installed:
    when: Once a day while it runs.
    level: basic
    since: 0.1.0
    owner: maintainers
    expires: never
    serves: [usage]
    fields:
      plugins: { type: integer, min: 0, max: 1000, says: how many plugins there are }

controls:`
] as const
