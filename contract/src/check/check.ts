/** Holds a contract against its grammar and against the rules of what may be asked of users. */
import type { Contract } from '../form/contract.ts'
import { parseSource } from '../grammar/parse.ts'
import type { Problem, ProblemCode } from '../form/problem.ts'
import { readYaml, type Source } from '../grammar/source.ts'
import { policies, type Policy } from '../policy/policies.ts'
import type { PolicyRule } from '../policy/policy-rule.ts'
import { policyCodes, type RuleCode } from './rule-codes.ts'
import { rules, waiverUnused } from './rules.ts'
import { streamSource } from '../grammar/parse-editions.ts'
import { viewContract, type ContractView, type Waiver } from './view.ts'

/** A problem of the grammar, or what a rule found. */
export interface CheckFinding extends Omit<Problem, 'code'> {
  readonly code: ProblemCode | RuleCode
}

export interface WaivedFinding extends CheckFinding {
  readonly reason: string
}

export interface CheckResult {
  /**
   * Undefined when the grammar is broken: then the rules could not look, and only problems of the
   * grammar are told.
   */
  readonly contract: Contract | undefined
  /** In the order of the text. */
  readonly findings: readonly CheckFinding[]
  readonly waived: readonly WaivedFinding[]
}

/**
 * Everything that is wrong with a contract, or should be decided. Never throws, whatever the text
 * is. `today` is a day, as 2026-11-20:
 * fields expire. `policies`: what these communities ask is looked at as well.
 *
 * @example
 * const { findings } = checkContract(text, { today: new Date().toISOString().slice(0, 10) })
 * const isFine = findings.every((finding) => finding.severity === 'warning')
 */
export function checkContract(
  text: string,
  { today, policies: asked = [] }: { readonly today: string; readonly policies?: readonly Policy[] }
): CheckResult {
  const reading = readYaml(text)
  const parsed = parseSource(reading)
  if (parsed.is === 'invalid' || reading.source === undefined)
    return {
      contract: undefined,
      findings: parsed.is === 'invalid' ? parsed.problems : [],
      waived: []
    }
  const looks = looksOf(parsed.contract, reading.source, today)
  const findings: CheckFinding[] = [...parsed.warnings]
  const waived: WaivedFinding[] = []
  const used = new Set<Waiver['written']>()
  const wanted = asked.flatMap((name): readonly PolicyRule[] => policies[name])
  for (const { view, path: under, says } of looks) {
    for (const { code, severity, find } of [...rules, ...wanted]) {
      for (const { spot, place = spot.place, message } of find(view)) {
        if (!says(spot.path)) continue
        const finding = {
          code,
          severity,
          message,
          line: place.line,
          column: place.column,
          path: `${under}${spot.path}`
        }
        const waivers = spot.waivers.filter((waiver) => waiver.code === code)
        for (const waiver of waivers) used.add(waiver.written)
        const [waiver] = waivers
        if (waiver === undefined) findings.push(finding)
        else waived.push({ ...finding, reason: waiver.reason })
      }
    }
  }
  for (const { view, path: under, says } of looks)
    for (const { code, path, place, written } of view.waivers) {
      const rests = isPolicyCode(code) && !wanted.some((rule) => rule.code === code)
      if (used.has(written) || !says(path) || rests) continue
      const nothing = `\`${code}\` finds nothing here`
      const message = `${nothing}: take the waiver out, or it will hide the next one.`
      findings.push({
        code: waiverUnused.code,
        severity: waiverUnused.severity,
        message,
        line: place.line,
        column: place.column,
        path: `${under}${path}`
      })
    }
  return { contract: parsed.contract, findings: inOrder(findings), waived: inOrder(waived) }
}

/** What nobody asked for was not looked at, so nobody knows whether its waiver is needed. */
function isPolicyCode(code: string): boolean {
  return policyCodes.some((known) => known === code)
}

/** A contract as rules look at it, and what of it is to be judged there. */
interface Look {
  readonly view: ContractView
  /** Where it stands in the document. */
  readonly path: string
  /** Whether a path is of it, and not taken over from the open edition. */
  readonly says: (path: string) => boolean
}

/** The open edition and each stream of another, by the same rules. */
function looksOf(contract: Contract, source: Source, today: string): readonly Look[] {
  const open: Look = { view: viewContract(contract, source, today), path: '', says: () => true }
  const streams = [...contract.editions.values()].flatMap((edition) =>
    [...edition.streams.values()].flatMap((stream): readonly Look[] => {
      const keys = ['editions', edition.name, 'streams', stream.name]
      const own = keys.reduce<Source | undefined>(memberOf, source)
      if (own?.is !== 'map') return []
      const whole = streamSource(source, own, stream.contract)
      return [
        {
          view: viewContract(stream.contract, whole, today),
          path: `${keys.join('.')}.`,
          says: (path) => path === '' || own.entries.has(path.split('.')[0] ?? '')
        }
      ]
    })
  )
  return [open, ...streams]
}

function memberOf(at: Source | undefined, key: string): Source | undefined {
  return at?.is === 'map' ? at.entries.get(key)?.value : undefined
}

/** By place, one of each code there: a shared type or group is met at every use. */
function inOrder<Found extends CheckFinding>(findings: readonly Found[]): readonly Found[] {
  const unique = new Map<string, Found>()
  for (const finding of findings) {
    const key = `${finding.line}:${finding.column}:${finding.code}`
    if (!unique.has(key)) unique.set(key, finding)
  }
  return [...unique.values()].sort(
    (one, other) => one.line - other.line || one.column - other.column
  )
}
