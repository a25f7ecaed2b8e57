/** Writes what was generated to a file, or tells that the file is another one. */
import { dirname, resolve } from 'node:path'
import { CommandError } from '../command-error.ts'
import type { World } from '../world.ts'

/** Throws GENERATED_STALE where it is only to be checked, and differs. */
export async function putFile(
  text: string,
  {
    out,
    check,
    again
  }: {
    readonly out: string
    readonly check: boolean
    /** The command that writes it. */
    readonly again: string
  },
  world: World
): Promise<void> {
  const { files } = world.effects
  const path = resolve(world.folder, out)
  const existing = await files.readFile(path, 'utf8').catch(() => undefined)
  if (check) {
    if (existing === text) return world.out(`${out} is up to date\n`)
    throw new CommandError(
      'GENERATED_STALE',
      `${out} ` +
        `${existing === undefined ? 'does not exist' : 'is not what the contract says'}. Write ` +
        `it anew, and look at the difference:\n\n    ${again}`
    )
  }
  await files.mkdir(dirname(path), { recursive: true })
  await files.writeFile(path, text)
  world.out(existing === text ? `${out} is up to date\n` : `wrote ${out}\n`)
}
