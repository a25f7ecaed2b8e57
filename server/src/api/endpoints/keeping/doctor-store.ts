/** What the store and its jobs have to tell whoever asks `candor doctor`. */
import type { SecretState } from '../../../collector/secret/secret-mark.ts'
import type { ClockState } from '../../../plausible-clock.ts'
import type { HeldProduct, ReaderRights } from '../../../storage/storage.ts'
import type { DoctorCheck, KnownCheck } from '../../doctor/doctor.ts'

export interface StoreSources {
  readonly readerRights: () => Promise<ReaderRights>
  readonly clock: () => ClockState
  readonly secret: SecretState
  /** The tables are there. */
  readonly arePrepared: () => boolean
  /** Why they are not, as far as that is known. */
  readonly waitsFor: () => string | undefined
  readonly held: () => readonly HeldProduct[]
  readonly tombstones: () => {
    readonly pending: number
    readonly oldestPendingAt: number | undefined
    readonly strangers: number
    readonly strangersMax: number
  }
  /** Records of days that have not begun: whoever dated them was ahead, or we were. */
  readonly ahead: () => Promise<readonly { readonly product: string; readonly records: number }[]>
  readonly now: () => number
}

const hourMs = 3_600_000
/** Promised within 72 hours, done each hour: a day is late, and there is time to mend it. */
const lateHours = 24

export async function examineStore(sources: StoreSources): Promise<readonly KnownCheck[]> {
  return [
    clock(sources),
    secret(sources),
    ...tables(sources),
    ...held(sources),
    deletions(sources),
    ...(await waitsInFuture(sources)),
    await usersSql(sources)
  ]
}

function clock({ clock: state }: StoreSources): DoctorCheck {
  const name = 'clock'
  const clock = state()
  if (clock.is === 'believed') return { name, is: 'ok', says: 'plausible' }
  const [says, believes] = [clock.says, clock.believes].map((at) => new Date(at).toISOString())
  return {
    name,
    is: 'failed',
    says:
      `the machine says ${says}, which is not believed: time goes on from ${believes}, and ` +
      'nothing expires by the other. If the machine is right: candor clock believe'
  }
}

function secret({ secret: { is, since } }: StoreSources): DoctorCheck {
  const name = 'secret'
  if (is === 'same') return { name, is: 'ok', says: 'the one that made the tokens of this data' }
  return {
    name,
    is: 'failed',
    says:
      `another than before since ${new Date(since).toISOString().slice(0, 16)}Z: no ` +
      'installation of before is recognised, counted as the same or found for deletion, unless ' +
      'the old file is put back'
  }
}

function tables({ arePrepared, waitsFor }: StoreSources): readonly DoctorCheck[] {
  if (arePrepared()) return []
  const because = waitsFor()
  if (because !== undefined)
    return [{ name: 'tables', is: 'failed', says: `${because} Records wait in the inbox.` }]
  return [
    {
      name: 'tables',
      is: 'warning',
      says: 'are being made: questions are answered once they are there, and records wait'
    }
  ]
}

function held(sources: StoreSources): readonly DoctorCheck[] {
  return sources.held().map(({ product, says }) => ({
    name: `tables of ${product}`,
    is: 'failed',
    says: `nothing of it is loaded, and what it sends waits in the inbox: ${says}`
  }))
}

function deletions({ tombstones, now }: StoreSources): DoctorCheck {
  const name = 'deletions'
  const { pending, oldestPendingAt, strangers, strangersMax } = tombstones()
  const hours = oldestPendingAt === undefined ? 0 : (now() - oldestPendingAt) / hourMs
  const waits = `${pending} still to be carried out`
  const share = `${strangers} of ${strangersMax} that strangers may ask for match nothing`
  if (hours > lateHours)
    return {
      name,
      is: 'failed',
      says:
        `${waits}, the oldest for ${Math.floor(hours)} h, and 72 are promised: see why the ` +
        'store does not take them'
    }
  return {
    name,
    is: strangers > strangersMax * 0.8 ? 'warning' : 'ok',
    says: pending === 0 ? share : `${waits}; ${share}`
  }
}

/** No answer shows them before their day, and they expire by it: that must not be a surprise. */
async function waitsInFuture({ ahead }: StoreSources): Promise<readonly KnownCheck[]> {
  const found = await ahead().catch(() => [])
  return found.map(({ product, records }) => ({
    name: `records of ${product}`,
    product,
    is: 'warning',
    says:
      `${records} lie on days that have not begun, received while a clock was ahead: they are ` +
      'in no answer before their day, and expire by it'
  }))
}

async function usersSql({ readerRights }: StoreSources): Promise<DoctorCheck> {
  const name = "users' SQL"
  const rights = await readerRights().catch(() => undefined)
  switch (rights) {
    case 'held':
      return { name, is: 'ok', says: 'the engine itself holds it to the documented views' }
    case 'missing':
      return {
        name,
        is: 'warning',
        says:
          'is not run: `candor schema` prints how to make its user, clickhouse.reader_user ' +
          'names it'
      }
    case 'too-wide':
      return {
        name,
        is: 'failed',
        says:
          'its user may read more than the documented views: take back what `candor schema` ' +
          'does not print'
      }
    case 'unable':
      return {
        name,
        is: 'failed',
        says: 'its user may not read the documented views: run what `candor schema` prints'
      }
    case undefined:
      return { name, is: 'warning', says: 'the store does not answer, so it could not be tried' }
  }
}
