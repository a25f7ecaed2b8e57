/**
 * Puts together all that is kept as it was at one moment, below the data folder; whoever asked for
 * it takes it elsewhere.
 */
import { join, relative } from 'node:path'
import type { BackupServices } from '../api/endpoints/keeping/backups.ts'
import type { Config } from '../config/config.ts'
import type { Effects } from '../effects.ts'
import type { Inbox } from '../inbox/inbox.ts'
import { engineBackups } from '../storage/engine/supervisor.ts'
import { backUpTables, countDays } from '../storage/jobs/back-up.ts'
import type { StoreJobs } from '../storage/jobs/store-jobs.ts'
import type { Storage } from '../storage/storage.ts'

/**
 * Copied in their own ways, or of this process alone. What time it was is not told: a server that
 * starts on a copy of last winter would take today for a mistake.
 */
const notCopied: ReadonlySet<string> = new Set([
  'inbox',
  'engine',
  'backups',
  'server.json',
  'clock'
])

export function createBackups({
  config,
  effects,
  inbox,
  storage,
  store
}: {
  readonly config: Pick<Config, 'data' | 'releases'>
  readonly effects: Effects
  readonly inbox: Pick<Inbox, 'copyTo' | 'tombstones'>
  readonly storage: Pick<Storage, 'query' | 'command' | 'state'>
  readonly store: Pick<StoreJobs, 'whileQuiet'>
}): BackupServices['backups'] {
  const { files, clock } = effects
  const all = join(config.data, 'backups')
  const ofEngine = engineBackups(join(config.data, 'engine'))
  const clear = async (): Promise<void> => {
    for (const folder of [all, ofEngine]) await files.rm(folder, { recursive: true, force: true })
  }
  const putTogether = async (): Promise<StagedFiles> => {
    const at = clock.now()
    const name = new Date(at).toISOString().replaceAll(/[:.]/g, '-')
    const folder = join(all, name)
    await files.mkdir(join(folder, 'inbox'), { recursive: true, mode: 0o700 })
    const { entriesWaiting } = await inbox.copyTo(join(folder, 'inbox', 'inbox.lmdb'))
    await copyFolder(config.data, join(folder, 'files'), effects, notCopied)
    // Where they lie below the data folder, they are there already.
    if (relative(config.data, config.releases).startsWith('..'))
      await copyFolder(config.releases, join(folder, 'releases'), effects)
    const { engine } = storage.state()
    if (engine === 'embedded') {
      const made = join(ofEngine, name)
      await files.mkdir(ofEngine, { recursive: true, mode: 0o700 })
      await backUpTables(storage, made)
      await files.rename(made, join(folder, 'tables'))
    }
    return {
      name,
      folder,
      at,
      tables: engine,
      entriesWaiting,
      deletions: inbox.tombstones.list().length,
      counts: await countDays(storage)
    }
  }
  return {
    // While nothing is loaded, an entry is in the tables exactly if the inbox holds it as loaded.
    stage: () =>
      store.whileQuiet(async () => {
        await clear()
        try {
          return await putTogether()
        } catch (error) {
          // Half of a copy would keep the disk full that it filled.
          await clear()
          throw error
        }
      }),
    async remove(name) {
      // Only what lies there by that very name: `..` would be the data folder itself.
      const found = await files.readdir(all).catch((): string[] => [])
      if (found.includes(name)) await files.rm(join(all, name), { recursive: true, force: true })
    }
  }
}

type StagedFiles = Awaited<ReturnType<BackupServices['backups']['stage']>>

async function copyFolder(
  from: string,
  to: string,
  effects: Effects,
  except: ReadonlySet<string> = new Set()
): Promise<void> {
  const { files } = effects
  const found = await files.readdir(from, { withFileTypes: true }).catch(() => [])
  await files.mkdir(to, { recursive: true, mode: 0o700 })
  for (const entry of found) {
    if (except.has(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyFolder(source, target, effects)
    // What is gone since it was listed was on its way to another name.
    else if (entry.isFile()) await files.copyFile(source, target).catch(ignoreMissing)
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
