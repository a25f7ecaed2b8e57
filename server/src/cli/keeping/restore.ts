/** `candor restore`: a data folder is made of a backup, without a server, and counted. */
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { findConfigFile, readConfig } from '../../config/config.ts'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Tombstone } from '../../inbox/inbox.ts'
import { openInbox } from '../../inbox/open-inbox.ts'
import { engineBackups } from '../../storage/engine/supervisor.ts'
import { countDays, type DayCount, restoreTables } from '../../storage/jobs/back-up.ts'
import { openStorage } from '../../storage/open-storage.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type Manifest, manifestName, readManifest } from './backup-manifest.ts'
import { type BackupPlace, openPlace, within } from './backup-place.ts'
import { digesting } from './digesting.ts'

interface RestoreOptions {
  readonly from: string
  readonly deletions?: string
  readonly verify?: boolean
}

export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command('restore')
    .description('make a data folder of a backup, and count what came back')
    .requiredOption('--from <place>', 'a backup, or a place with several: the newest is taken')
    .option('--data <folder>', 'the data folder to make (./data); there must be none yet')
    .option('--config <file>', 'configuration file that may name it')
    .option(
      '--deletions <folder>',
      'a later backup, or the old data folder: what was deleted since is deleted again'
    )
    .option('--verify', 'only count: nothing is left behind')
    .addHelpText(
      'after',
      '\nPut the same secret beside it before you start the server. A deletion that was asked ' +
        'for after the backup is in no copy of before: without --deletions it comes back.\n' +
        'Example: mv data data.old && candor restore --from /var/backups/candor --deletions data.old'
    )
    .action(async (options: RestoreOptions & Readonly<Record<string, unknown>>) => {
      const { effects, environment, folder: here } = terminal
      const { data: named, config } = options
      const flags = { data: named, config, insecure: true }
      const source = { flags, environment, folder: here }
      const { data } = readConfig({ ...source, file: await findConfigFile(source, effects.files) })
      const place = await newestIn(await openPlace(options.from, terminal))
      const manifest = await readManifest(place)
      await restore(place, manifest, { data, ...options }, terminal)
    })
}

/** A backup's own place, or the newest of those in it that are whole. */
async function newestIn(place: BackupPlace): Promise<BackupPlace> {
  const names = await place.names()
  if (names.includes(manifestName)) return place
  const whole = names.flatMap((name) => {
    const [part = '', ...rest] = name.split('/')
    return rest.join('/') === manifestName ? [part] : []
  })
  const newest = whole.toSorted().at(-1)
  return newest === undefined ? place : within(place, newest)
}

async function restore(
  place: BackupPlace,
  manifest: Manifest,
  { data, deletions, verify = false }: RestoreOptions & { readonly data: string },
  terminal: Terminal
): Promise<void> {
  const { effects, out } = terminal
  const { files } = effects
  const isThere = await files.readdir(data).then(
    (names) => names.length > 0,
    () => false
  )
  if (isThere && !verify)
    throw new CandorError(
      'CONFIG_INVALID',
      `There is something in ${data}. Move it aside, and name it with --deletions, so that what ` +
        'was deleted since the backup is deleted again.'
    )
  const draft = `${data}.restoring`
  await files.rm(draft, { recursive: true, force: true })
  await files.mkdir(draft, { recursive: true, mode: 0o700 })
  try {
    await fetchAll(place, manifest, draft, effects)
    const counts = manifest.tables === 'embedded' ? await restoredCounts(draft, effects) : []
    const wrong = manifest.tables === 'embedded' ? differences(manifest.counts, counts) : []
    const later = deletions === undefined ? [] : await laterDeletions(deletions, draft, terminal)
    const found = await finishInbox(join(draft, 'inbox'), later, effects)
    if (found.waiting !== manifest.entriesWaiting)
      wrong.push(`${manifest.entriesWaiting} entries waited, and ${found.waiting} do`)
    out(told(place, manifest, { counts, later: later.length, wrong }))
    if (wrong.length > 0)
      throw new CandorError('BACKUP_INVALID', 'What came back is not what was backed up.')
    if (verify) return
    await files.rm(data, { recursive: true, force: true })
    await files.rename(draft, data)
    out(restoredNote(data, manifest, deletions !== undefined))
  } finally {
    await files.rm(draft, { recursive: true, force: true })
  }
}

/** Each file must be as it was written down. */
async function fetchAll(
  place: BackupPlace,
  manifest: Manifest,
  draft: string,
  { files }: Effects
): Promise<void> {
  for (const { name, sha256 } of manifest.files) {
    const path = join(draft, placeOf(name))
    await files.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await files.open(path, 'w', 0o600)
    const { content, digest } = digesting(await place.read(name))
    await pipeline(content, file.createWriteStream()).catch((cause: unknown) => {
      throw new CandorError('BACKUP_INVALID', `${name} can't be read from ${place.says}.`, {
        cause
      })
    })
    if (digest() !== sha256)
      throw new CandorError('BACKUP_INVALID', `${name} is not as it was when it was backed up.`)
  }
}

/** Where a file of the backup belongs in a data folder. */
function placeOf(name: string): string {
  const [first = '', ...rest] = name.split('/')
  if (first === 'files') return join(...rest)
  if (first === 'tables') return join('engine', 'backups', 'restored', ...rest)
  return name
}

/** The engine makes its tables of what it wrote then, and counts them. */
async function restoredCounts(draft: string, effects: Effects): Promise<readonly DayCount[]> {
  const folder = join(draft, 'engine')
  const storage = openStorage({
    effects,
    engine: { is: 'embedded', folder },
    contracts: [],
    guestKey: effects.random(32).toString('hex'),
    log: { info: () => undefined, warn: () => undefined }
  })
  try {
    await storage.started
    await restoreTables(storage, join(engineBackups(folder), 'restored'))
    return await countDays(storage)
  } finally {
    await storage.close()
    await effects.files.rm(engineBackups(folder), { recursive: true, force: true })
  }
}

function differences(was: readonly DayCount[], is: readonly DayCount[]): string[] {
  const keyOf = ({ product, day, is: what }: DayCount): string => `${product} ${what} of ${day}`
  const now = new Map(is.map((each) => [keyOf(each), each.records]))
  const then = new Map(was.map((each) => [keyOf(each), each.records]))
  return [...new Set([...then.keys(), ...now.keys()])].flatMap((key) => {
    const [before, after] = [then.get(key) ?? 0, now.get(key) ?? 0]
    return before === after ? [] : [`${key}: ${before} were there, and ${after} are`]
  })
}

/** What was asked to be deleted in a later backup or in the folder that is replaced. */
async function laterDeletions(
  later: string,
  draft: string,
  { effects, folder: here }: Terminal
): Promise<readonly Tombstone[]> {
  const from = join(resolve(here, later), 'inbox', 'inbox.lmdb')
  const copy = join(draft, 'deletions')
  await effects.files.mkdir(copy, { recursive: true, mode: 0o700 })
  try {
    await effects.files.copyFile(from, join(copy, 'inbox.lmdb'))
    const inbox = await openInbox({ folder: copy, effects })
    const found = inbox.tombstones.list()
    await inbox.close()
    return found
  } catch (cause) {
    throw new CandorError(
      'CONFIG_INVALID',
      `The deletions in ${from} can't be read. --deletions names a backup or a data folder.`,
      { cause }
    )
  } finally {
    await effects.files.rm(copy, { recursive: true, force: true })
  }
}

/** Whatever was asked for since is still to be carried out on what comes back. */
async function finishInbox(
  folder: string,
  later: readonly Tombstone[],
  effects: Effects
): Promise<{ readonly waiting: number }> {
  const inbox = await openInbox({ folder, effects })
  try {
    const { entriesWaiting: waiting } = inbox.state()
    await inbox.tombstones.add(later.map(notCarriedOut))
    return { waiting }
  } finally {
    await inbox.close()
  }
}

function notCarriedOut({
  product,
  kind,
  digest,
  requestedAt,
  expiresAt,
  ...more
}: Tombstone): Tombstone {
  return {
    product,
    kind,
    digest,
    requestedAt,
    expiresAt,
    ...(more.wasFound === true && { wasFound: true }),
    ...(more.isOperators === true && { isOperators: true })
  }
}

function told(
  { says }: BackupPlace,
  { at, files, tables, counts: expected, entriesWaiting, deletions }: Manifest,
  {
    counts,
    later,
    wrong
  }: {
    readonly counts: readonly DayCount[]
    readonly later: number
    readonly wrong: readonly string[]
  }
): string {
  const sum = (days: readonly DayCount[]): number =>
    days.reduce((total, { is, records }) => total + (is === 'records' ? records : 0), 0)
  const days = new Set(expected.map(({ product, day }) => `${product} ${day}`)).size
  const lines = [
    `${says}, of ${at}`,
    `  ${files.length} files as they were written`,
    tables === 'remote'
      ? '  tables: in your ClickHouse, restored there'
      : `  ${sum(counts)} of ${sum(expected)} records, counted over ${days} days of products`,
    `  ${entriesWaiting} entries wait to be loaded, ${deletions} deletions are remembered` +
      (later === 0 ? '' : `, ${later} of later are carried out at the start`),
    ...wrong.map((each) => `  NOT THE SAME ${each}`)
  ]
  return `${lines.join('\n')}\n`
}

function restoredNote(data: string, { at }: Manifest, hasLater: boolean): string {
  const lines = [
    `Restored into ${data}. Put the same secret beside it, and start the server.`,
    ...(hasLater
      ? []
      : [
          `What was asked to be deleted after ${at} is in no copy of then, and is there again: ` +
            'a later backup or the old data folder, named with --deletions, deletes it again.'
        ])
  ]
  return `${lines.join('\n')}\n`
}
