/**
 * Which database is this, and which one was it dumped from? Two ids: one for the database, one that
 * survives dump and restore.
 */
import { systemEffects, type Effects } from '../effects.ts'
import { randomUuid } from './uuid.ts'

export interface TwinIds {
  /** This database's own: a restored or copied one gets a new one. */
  readonly installation: string
  /** Made once, carried along by dumps: what copies of one database share. */
  readonly lineage: string
}

/** What lies in the database itself, in a table that dumps carry along. */
export interface KeptTwinIds extends TwinIds {
  /** Which database it was written for, as `databaseMark` gave it then. */
  readonly of: string
}

export interface TwinIdsPlace {
  read(): Promise<Partial<KeptTwinIds> | undefined>
  /**
   * Puts `next` in place of `before`, in one transaction, unless somebody else was faster. Resolves
   * with what stands there afterwards:
   * of several backends that start at once, all get the same.
   */
  replace(
    before: Partial<KeptTwinIds> | undefined,
    next: KeptTwinIds
  ): Promise<Partial<KeptTwinIds> | undefined>
  /**
   * What no copy shares: for PostgreSQL its system identifier and the database's oid. It is
   * compared, and never sent.
   */
  databaseMark(): Promise<string>
}

/**
 * Reads both ids, and makes what is missing: both in a new database, the first again in one that
 * was restored, copied from a template
 * or cloned. Hand them to `createTelemetry` as `ids`. Undefined if the place cannot be read or
 * written.
 *
 * @example
 * const ids = await openTwinIds(placeIn(database))
 * const telemetry = createTelemetry({ contract, version, ...(ids && { ids }) })
 */
export async function openTwinIds(
  place: TwinIdsPlace,
  effects: Pick<Effects, 'randomBytes'> = systemEffects
): Promise<TwinIds | undefined> {
  try {
    const of = await place.databaseMark()
    const kept = await place.read()
    if (isWhole(kept) && kept.of === of)
      return { installation: kept.installation, lineage: kept.lineage }
    const lineage = isId(kept?.lineage) ? kept.lineage : randomUuid(effects)
    const stands = await place.replace(kept, { installation: randomUuid(effects), lineage, of })
    return isWhole(stands) && stands.of === of
      ? { installation: stands.installation, lineage: stands.lineage }
      : undefined
  } catch {
    // No ids, no report of a database: its program goes on.
    return undefined
  }
}

function isWhole(kept: Partial<KeptTwinIds> | undefined): kept is KeptTwinIds {
  return isId(kept?.installation) && isId(kept?.lineage) && typeof kept?.of === 'string'
}

function isId(text: unknown): text is string {
  return typeof text === 'string' && /^[\x21-\x7e]{1,128}$/.test(text)
}
