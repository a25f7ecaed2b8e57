import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { TelemetryOptions } from '../telemetry.ts'
import { openConsent, type Consent } from './consent.ts'
import { consentSources, type ConsentSource } from './decision.ts'
import { formWith } from './form.test-support.ts'

let world: World
beforeEach(() => {
  world = openWorld()
})
afterEach(() => world.remove())

type Options = Omit<TelemetryOptions, 'contract' | 'version'>

function open(options: Options = {}): Consent {
  const state = openStateFolder({ product: 'dlt', effects: world.effects })
  const environment = () => ({ kept: true, automation: 'none' }) as const
  return openConsent({ form: formWith(), options, state, environment, effects: world.effects })
}

const inHome = (path: string): string => join(world.home, path)
function put(path: string, text: string): void {
  mkdirSync(dirname(inHome(path)), { recursive: true })
  writeFileSync(inHome(path), text)
}

/** How a user, a maker, a project or a machine's owner says no at each of them. */
const refusals: Readonly<Record<Exclude<ConsentSource, 'default'>, (to: string) => Options>> = {
  'compiled-out': () => ({ compiledOut: true }),
  'machine-policy': (to) => {
    world.policy('a.json', JSON.stringify({ telemetry: to }))
    return {}
  },
  DO_NOT_TRACK: () => {
    world.variables['DO_NOT_TRACK'] = '1'
    return {}
  },
  variable: (to) => {
    world.variables['DLT_TELEMETRY'] = to
    return {}
  },
  configuration: () => ({}),
  flag: (to) => ({ flag: to as 'off' }),
  'project-file': (to) => {
    put('project.json', JSON.stringify({ telemetry: to }))
    return { projectFile: inHome('project.json') }
  },
  'user-file': (to) => {
    put('.local/state/dlt/telemetry/consent.json', JSON.stringify({ candor: 1, says: to }))
    return {}
  }
}
const named = Object.keys(refusals) as (keyof typeof refusals)[]

describe('each source of consent in the list', () => {
  it.each(named)('%s says no alone, and is named as whoever decided', (source) => {
    const options = refusals[source]('off')
    const consent = open(options)
    if (source === 'configuration') consent.configure({ enabled: false })
    expect(consent.decision()).toMatchObject({ state: 'off', because: { source, says: 'off' } })
  })

  it('is looked at in the order of the list, and told in it', () => {
    const said = named.filter((source) => source !== 'compiled-out')
    const options = Object.assign({}, ...said.map((source) => refusals[source]('local')))
    const consent = open(options as Options)
    consent.configure({ enabled: 'local' })
    const order = consentSources.map(({ name }) => name).slice(1, -1)
    expect(consent.decision().sayings.map(({ source }) => source)).toEqual(order)
    for (const { where } of consent.decision().sayings) expect(where).not.toBe('')
  })
})
