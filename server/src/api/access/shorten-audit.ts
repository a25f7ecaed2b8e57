/**
 * Keeps the audit below its bound: which acts go when it is full? Questions and looks have a share
 * of their own, so that whoever asks a million times pushes out no trace of what operators did.
 */
import type { Effects } from '../../effects.ts'

/** What readers can do as often as they like. */
const frequent: ReadonlySet<unknown> = new Set(['query', 'installation-show', 'sign-in'])

/** The newest of each share stay, up to a quarter of the bound each. */
export async function shortenAudit(
  path: string,
  bytesMax: number,
  { files, clock }: Pick<Effects, 'files' | 'clock'>
): Promise<void> {
  const lines = (await files.readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  const room = { frequent: bytesMax / 4, other: bytesMax / 4 }
  const stay: string[] = []
  for (const line of lines.toReversed()) {
    const share = frequent.has(actOf(line)) ? 'frequent' : 'other'
    room[share] -= Buffer.byteLength(line) + 1
    if (room[share] >= 0) stay.push(line)
  }
  const gone = lines.length - stay.length
  const note = {
    at: new Date(clock.now()).toISOString(),
    who: 'collector',
    act: 'audit-shorten',
    gone
  }
  const draft = `${path}.new`
  const file = await files.open(draft, 'w', 0o600)
  try {
    await file.writeFile(`${[...stay.toReversed(), JSON.stringify(note)].join('\n')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(draft, path)
}

function actOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { readonly act?: unknown } | null)?.act
  } catch {
    return undefined
  }
}
