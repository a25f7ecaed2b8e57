/** What is sent, byte for byte: made once of what waits, and kept until somebody has it. */
import { hasLevels, hasWindows, idsOf, productName } from './form.ts'
import { files, json, namesIn, objectAt, quietly, remove, textAt, write } from './kept.ts'
import { machineTag, windowIn } from './recording.ts'

interface Run {
  readonly consent?: { readonly level?: unknown }
  readonly records: readonly object[]
}

interface Line {
  readonly written: number
  readonly lost?: number
  readonly run: Run
}

/**
 * Moves what waits into the outbox, and says what lies there. Cut off at any moment, it goes on
 * where it was: a taken file's name is its report's, so that the same bytes come of it.
 */
export function freeze(
  folder: string,
  spools: readonly string[],
  levels: readonly string[]
): readonly string[] {
  // Whoever has lowered the level since keeps home what was recorded above it; and what is older
  // than 21 days, a collector does not know again.
  const isWithin = ({ consent }: Run): boolean => levels.includes(String(consent?.level))
  const tooOld = Date.now() - 1_814_400_000
  for (const name of spools)
    quietly(() =>
      files.renameSync(
        `${folder}/${name}`,
        `${folder}/taken-${crypto.randomUUID()}-${windowIn(name)}`
      )
    )
  for (const name of namesIn(folder)) {
    if (!name.startsWith('taken-')) continue
    const path = `${folder}/${name}`
    const lines = (textAt(path) ?? '').split('\n').flatMap((line): Line[] => {
      const read = quietly(() => JSON.parse(line) as Line)
      return Array.isArray(read?.run?.records) &&
        read.written > tooOld &&
        (!hasLevels || isWithin(read.run))
        ? [read]
        : []
    })
    // A report has room for 50 runs, and its file for less than its bytes and records.
    for (let from = 0; from < lines.length; from += 50) {
      const some = lines.slice(from, from + 50)
      const report = `${name.slice(6, 40)}${(from % 256).toString(16).padStart(2, '0')}`
      const lost = some.reduce((sum, line) => sum + (line.lost ?? 0), 0)
      const text = json({
        candor: 1,
        product: productName,
        report,
        sdk: { name: 'candor-standalone', version: '1' },
        ...idsOf(folder, windowIn(name)),
        ...(lost && { lost: { invalid_value: lost } }),
        runs: some.map(({ run }) => run)
      })
      const body = `${folder}/outbox/${some[0]?.written}-${report}.json`
      if (!files.existsSync(body) && !write(body, text)) return []
    }
    remove(path)
  }
  let left = 393_216
  const outbox = `${folder}/outbox`
  return namesIn(outbox).flatMap((name, index, names) => {
    const path = `${outbox}/${name}`
    const text = textAt(path) ?? ''
    const isRecent = names.length - index <= 100 && Number(name.slice(0, 13)) > tooOld
    if (isRecent && (!hasLevels || runsIn(path).every(isWithin))) {
      left -= text.length
      if (left > 0) return [text]
    }
    remove(path)
    return []
  })
}

const runsIn = (path: string): readonly Run[] => (objectAt(path)['runs'] ?? []) as readonly Run[]

/** An id for each machine of a home, and for each window: chance, so that none tells of another. */
export function installationOf(folder: string, window: string): object {
  const own = `id-${machineTag()}-`
  const path = `${folder}/${own}${window}.json`
  write(path, json({ id: crypto.randomUUID() }), true)
  const ids = namesIn(folder).filter((name) => name.startsWith(own))
  // What still waits is of the last three weeks.
  for (const name of ids.slice(0, -30)) remove(`${folder}/${name}`)
  return { installation: objectAt(path)['id'], ...(hasWindows && { window }) }
}
