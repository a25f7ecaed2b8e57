/** What is sent, byte for byte: made once of what waits, and kept until somebody has it. */
import { form } from './form.ts'
import { disk, namesIn, objectAt, quietly, remove, textAt, write } from './kept.ts'
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
  const files = disk()
  // Whoever has lowered the level since keeps home what was recorded above it; and what is older
  // than 21 days, a collector does not know again.
  const isWithin = ({ consent }: Run): boolean => levels.includes(String(consent?.level))
  const tooOld = Date.now() - 1_814_400_000
  for (const name of spools)
    quietly(undefined, () =>
      files.renameSync(`${folder}/${name}`, `${folder}/taken-${uuid()}-${windowIn(name)}`)
    )
  for (const name of namesIn(folder).filter((each) => each.startsWith('taken-'))) {
    const lines = (textAt(`${folder}/${name}`) ?? '').split('\n').flatMap((line): Line[] => {
      const read = quietly(undefined, () => JSON.parse(line) as Line)
      return Array.isArray(read?.run?.records) && read.written > tooOld && isWithin(read.run)
        ? [read]
        : []
    })
    // A report has room for 50 runs, and its file for less than its bytes and records.
    for (let from = 0; from < lines.length; from += 50) {
      const some = lines.slice(from, from + 50)
      const report = `${name.slice(6, 40)}${(from % 256).toString(16).padStart(2, '0')}`
      const lost = some.reduce((sum, line) => sum + (line.lost ?? 0), 0)
      const body = {
        candor: 1,
        product: form.product,
        report,
        sdk: { name: 'candor-standalone', version: '1' },
        ...form.idsOf(folder, windowIn(name.slice(42))),
        ...(lost && { lost: { invalid_value: lost } }),
        runs: some.map(({ run }) => run)
      }
      const path = `${folder}/outbox/${some[0]?.written}-${report}.json`
      if (!files.existsSync(path) && !write(path, JSON.stringify(body))) return []
    }
    remove(`${folder}/${name}`)
  }
  let left = 393_216
  return namesIn(`${folder}/outbox`).flatMap((name, index, names) => {
    const path = `${folder}/outbox/${name}`
    const text = textAt(path) ?? ''
    const { runs = [] } = objectAt(path) as { readonly runs?: readonly Run[] }
    if (names.length - index <= 100 && Number(name.slice(0, 13)) > tooOld && runs.every(isWithin)) {
      left -= text.length
      if (left > 0) return [text]
    }
    remove(path)
    return []
  })
}

/** The first 16 bytes of chance, or of a digest, as a UUID of version 4. */
export function uuid(bytes: Uint8Array = crypto.getRandomValues(new Uint8Array(16))): string {
  const digits = Buffer.from(bytes.subarray(0, 16))
  digits[6] = ((digits[6] ?? 0) & 15) | 64
  digits[8] = ((digits[8] ?? 0) & 63) | 128
  return digits.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** An id for each machine of a home. A window's is made of it, and tells nothing of another's. */
export function installationOf(folder: string, window: string): object {
  const path = `${folder}/id-${machineTag()}.json`
  write(path, JSON.stringify({ id: uuid(), salt: uuid() + uuid() }), true)
  const { id, salt } = objectAt(path)
  if (window === '') return { installation: id }
  const { createHmac } = process.getBuiltinModule('node:crypto')
  const keyed = createHmac('sha256', String(salt)).update(window).digest()
  return { installation: uuid(keyed), window }
}
