import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { Switch, TelemetryOptions } from '../telemetry.ts'
import { askConsent, type AskedConsent } from './asking/ask-consent.ts'
import { openConsent } from './consent.ts'
import { formWith } from './form.test-support.ts'

let world: World
beforeEach(() => {
  world = openWorld()
})
afterEach(() => world.remove())

const folder = (): string => join(world.home, '.local/state/dlt/telemetry')

function run(
  options: Omit<TelemetryOptions, 'contract' | 'version'>,
  kept: boolean,
  kind: 'opt-out' | 'opt-in' | 'ask'
): AskedConsent {
  const form = formWith({
    consent: { ...formWith().consent, default: kind },
    controls: [{ variable: 'OWN_SWITCH', off: 'false', was: 'OLD_SWITCH' }]
  })
  const state = openStateFolder({ product: form.product, effects: world.effects })
  const input = {
    form,
    options,
    state,
    environment: () => ({ kept, automation: 'none' }),
    effects: world.effects
  }
  return askConsent(openConsent(input), input)
}

/** Everything that may be asked, whatever the files hold. */
function askAll(consent: AskedConsent): void {
  consent.decision()
  consent.refresh()
  consent.allows('command_init')
  consent.allows('pipeline_load')
  consent.allows('__proto__')
  consent.environmentParts()
  consent.presence()
  consent.identity()
  consent.acceptedTerms()
  consent.stops()
  consent.asks()
  consent.endpoint()
  consent.versionCheck()
  consent.notice()
  consent.maybeShowNotice()
  consent.unkept()
}

const word = fc.constantFrom(undefined, '', 'on', 'off', 'local', 'log', 'TRUE', '0', 'No', 'basic')
const isNo = (text: unknown): boolean => /^(off|0|no|false)$/i.test(String(text))
const isYes = (text: unknown): boolean => /^(on|true|basic)$/i.test(String(text))

it('is off if anybody says off, and on only if somebody who may say so said yes, whatever else is said', () => {
  fc.assert(
    fc.property(
      fc.record({
        own: word,
        product: word,
        old: word,
        doNotTrack: fc.constantFrom(undefined, '', '0', '1', 'true'),
        policy: word,
        project: word,
        user: fc.constantFrom(undefined, 'on', 'off', 'local'),
        flag: fc.constantFrom<Switch | undefined>(undefined, true, false, 'on', 'local'),
        configured: fc.constantFrom<Switch | undefined>(undefined, true, false, 'log'),
        vouched: fc.boolean()
      }),
      fc.boolean(),
      fc.constantFrom('opt-out' as const, 'opt-in' as const, 'ask' as const),
      (said, kept, kind) => {
        rmSync(folder(), { recursive: true, force: true })
        mkdirSync(folder(), { recursive: true })
        Object.assign(world.variables, {
          DLT_TELEMETRY: said.own,
          OWN_SWITCH: said.product,
          OLD_SWITCH: said.old,
          DO_NOT_TRACK: said.doNotTrack
        })
        world.policy('a.json', JSON.stringify({ products: { dlt: { telemetry: said.policy } } }))
        const projectFile = join(world.home, 'project.json')
        writeFileSync(projectFile, JSON.stringify({ telemetry: said.project }))
        if (said.user !== undefined)
          writeFileSync(
            join(folder(), 'consent.json'),
            JSON.stringify({ candor: 1, says: said.user })
          )
        const consent = run(
          { projectFile, ...(said.flag === undefined ? {} : { flag: said.flag }) },
          kept,
          kind
        )
        consent.configure({
          ...(said.configured === undefined ? {} : { enabled: said.configured }),
          noticeShown: said.vouched
        })

        const { state } = consent.refresh()
        const noes = [
          said.own,
          said.product,
          said.old,
          said.policy,
          said.project,
          said.user,
          said.flag,
          said.configured
        ]
        const isOff =
          noes.some((each) => each !== undefined && isNo(each)) ||
          ['1', 'true'].includes(said.doNotTrack ?? '')
        expect(state === 'off').toBe(isOff)
        const mayBeOn =
          [said.own, said.product, said.policy].some(isYes) ||
          said.user === 'on' ||
          (said.flag === 'on' && (kept || kind !== 'opt-out')) ||
          (said.configured === true && kind !== 'opt-out') ||
          (kind === 'opt-out' && !kept && (isYes(said.project) || said.vouched))
        if (state === 'on') expect(mayBeOn).toBe(true)
        expect(consent.allows('command_init') === undefined).toBe(
          state === 'off' || state === 'undecided'
        )
        askAll(consent)
      }
    ),
    { numRuns: 150 }
  )
})

it('never throws, and sends nothing undeclared, whatever became of its files', () => {
  run({}, true, 'opt-out').on()
  const whole = JSON.parse(
    JSON.stringify({
      candor: 1,
      says: 'on',
      terms: formWith(),
      notice: { at: 'x', until: 1, terms: formWith() }
    })
  ) as object
  const paths: string[][] = []
  const walk = (value: unknown, path: string[]): void => {
    if (path.length > 0) paths.push(path)
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key])
  }
  walk(whole, [])
  const changed = fc
    .tuple(
      fc.constantFrom(...paths),
      fc.oneof(fc.jsonValue(), fc.constantFrom(null, {}, [], -1, ''))
    )
    .map(([path, value]) => {
      const copy = structuredClone(whole) as Record<string, unknown>
      let at = copy
      for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>
      at[path.at(-1) ?? ''] = value
      return JSON.stringify({ ...copy, candor: 1 })
    })
  fc.assert(
    fc.property(
      fc.constantFrom('consent.json', 'notice.json'),
      fc.oneof(changed, fc.json(), fc.string()),
      fc.boolean(),
      fc.boolean(),
      (name, text, kept, isChanged) => {
        rmSync(folder(), { recursive: true, force: true })
        mkdirSync(folder(), { recursive: true })
        writeFileSync(join(folder(), name), text)
        // If the contract has changed since, it is held against what the file says.
        world.terminals.stderr = true
        const form = isChanged ? formWith({ terms: `sha256:${'9'.repeat(64)}` }) : formWith()
        const state = openStateFolder({ product: form.product, effects: world.effects })
        const input = {
          form,
          options: {},
          state,
          environment: () => ({ kept, automation: 'none' }),
          effects: world.effects
        }
        const consent = askConsent(openConsent(input), input)
        askAll(consent)
        for (const path of consent.allows('command_init')?.fields ?? [])
          expect(['elapsed', 'success']).toContain(path)
        consent.refuse()
        consent.purge()
        expect(consent.refresh().state).toBe('off')
      }
    ),
    { numRuns: 150 }
  )
})
