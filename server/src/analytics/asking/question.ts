/** What a question is, and what every answer looks like: a small table that says what it counts. */
import type { PlatformConditions } from '#values/newest-release'
import type { CompiledContract } from '@candor/contract'
import type { Instant } from '../../record.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Chosen, CommonName, Parameter } from './parameter.ts'
import type { AskableField } from '../reading/fields.ts'
import type { Span } from '../reading/span.ts'

export const columnTypes = [
  'text',
  'integer',
  'number',
  'date',
  'timestamp',
  'boolean',
  'share',
  'trend'
] as const

export interface AnswerColumn {
  readonly name: string
  readonly title: string
  /**
   * share: a number from 0 to 1. date: `2026-11-20`, UTC. timestamp: RFC 3339. trend: a list of
   * numbers, oldest first, null where nothing is known.
   */
  readonly type: (typeof columnTypes)[number]
  readonly unit?: string
}

/** A value is null where there is nothing to know: not told, expired, or before there was data. */
export type AnswerRow = Readonly<Record<string, unknown>>

export interface AnswerTable {
  readonly question: string
  /** As they were understood: what was asked, with the defaults of what was not. */
  readonly parameters: Readonly<Record<string, string>>
  readonly columns: readonly AnswerColumn[]
  readonly rows: readonly AnswerRow[]
  /** What a reader must know to read the numbers right, the most important first. */
  readonly notes: readonly string[]
  /** Periods that are not whole, as their column shows them, and why. */
  readonly partial?: readonly PartialPeriod[]
  /** What happened on a day of the span so that numbers before and after it don't compare. */
  readonly marks?: readonly Mark[]
  /** A statement over documented views that gives the same numbers. */
  readonly sql?: string
}

export interface PartialPeriod {
  readonly period: string
  /**
   * unfinished: it is not over. cut: the asked span ends within it. expired: its records are gone.
   */
  readonly because: 'unfinished' | 'cut' | 'expired'
}

export interface Mark {
  /** `2026-11-20` */
  readonly day: string
  readonly says: string
  /** What is counted means something else from this day on: no line joins the two. */
  readonly isBreak?: true
}

export const chartKinds = [
  'line',
  'bars',
  'stacked',
  'histogram',
  'funnel',
  'flow',
  'heatmap',
  'numbers',
  'shapes',
  'table'
] as const

/** Everything that a question needs to answer once, checked. */
export interface Asked {
  readonly storage: Pick<Storage, 'query'>
  readonly facts: Facts
  readonly periodRows: PeriodRows
  readonly product: CompiledContract
  /** Known releases, any order. Empty: nobody told. */
  readonly releases: readonly ReleasedVersion[]
  readonly advisories: readonly KnownAdvisory[]
  readonly now: Instant
  /** The days that count. Begins on the first day of its first period. */
  readonly span: Span
  readonly chosen: Chosen
  /** What the collector counted since it started; undefined where nobody told. */
  readonly counts: IngestCounts | undefined
}

/**
 * What holds for a product whatever is asked of it: a page's dozen questions need it at once, and
 * one look at the store tells all of them.
 */
export interface Facts {
  of<Fact>(key: string, look: () => Promise<Fact>): Promise<Fact>
}

/** As a statement gives it; `period` is its first day. */
export type PeriodRow = Readonly<Record<string, unknown>>

/**
 * Rows of periods of which each is made of its own days alone, so that those hold for which nothing
 * came. `ask` gives the rows of a period and of all later ones.
 */
export interface PeriodRows {
  of(
    key: string,
    periods: readonly Span[],
    ask: (first: string) => Promise<readonly PeriodRow[]>
  ): Promise<readonly PeriodRow[]>
}

export interface ReleasedVersion {
  readonly version: string
  /** `2026-11-20` */
  readonly date: string
}

export interface KnownAdvisory {
  readonly id: string
  readonly severity: string
  /** The day on which it was published. */
  readonly date: string
  /** A range of versions, as the feed's file writes it. */
  readonly affected: string
  /** It concerns only these, by their names. */
  readonly platforms?: PlatformConditions | undefined
}

/** The collector's own counts of one product since it started. */
export interface IngestCounts {
  readonly kept: number
  readonly duplicate: number
  readonly dropped: Readonly<Record<string, number>>
}

/** What a question finds; the rest of the table is the same for all. */
export interface Answer extends Pick<
  AnswerTable,
  'columns' | 'rows' | 'notes' | 'partial' | 'marks' | 'sql'
> {
  /** Fields that it read though nobody named them. */
  readonly read?: readonly AskableField[]
  /** Whether it tells what the collector counted since its start, which the store does not hold. */
  readonly isOfNow?: boolean
}

export interface Question {
  /** kebab-case. */
  readonly name: string
  readonly title: string
  /** One clause, for `--help`. */
  readonly says: string
  /** The definition in a few sentences: what is counted, what is excluded, how sure it is. */
  readonly explains: string
  readonly chart: (typeof chartKinds)[number]
  /** Beside the product and the common filters. */
  readonly parameters: readonly Parameter[]
  /** Names of the common filters that it takes. */
  readonly common: readonly CommonName[]
  /** How far back it looks if nobody says. */
  readonly since?: string
  /** Where only full days count; today if nothing is said. */
  readonly until?: 'yesterday'
  answer(asked: Asked): Promise<Answer>
}

/** Questions read aggregates; 30 s is for fields of raw rows on a cold disk. */
export const questionDeadlineMs = 30_000
