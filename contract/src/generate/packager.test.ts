import { describe, expect, it } from 'vitest'
import { parseContract } from '../grammar/parse.ts'
import { generatePreset, generateSwitches } from './packager.ts'

const parsed = parseContract(`candor: 1
product: my-tool
title: My tool
purpose: To see what is used.
recipients: [{ name: us, where: here, for: building }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-out, levels: { basic: Commands. } }
identity: { kind: none, says: no id }
environment: []
questions: { usage: What is used? }
endpoint: { default: 'https://t.example', variable: MY_TOOL_ENDPOINT }
version_check: { feed: releases.yaml, says: Looks. }
events:
  run: { when: It ran., fields: { ok: { type: boolean, serves: [usage], says: whether } } }
controls:
  - { variable: MY_TOOL_TELEMETRY, off: 'off' }
  - { key: telemetry.enabled, file: /etc/my-tool.yml, off: false, until: 2.0.0 }
  - { variable: DO_NOT_TRACK, honoured: false }
`)
if (parsed.is === 'invalid') throw new Error(JSON.stringify(parsed.problems))
const { contract } = parsed

describe('what a packager needs', () => {
  it('is a preset that the SDK reads as a machine’s word for this product alone', () => {
    expect(JSON.parse(generatePreset(contract))).toEqual({
      products: { 'my-tool': { telemetry: 'off' } }
    })
  })

  it('is every switch with what off is, and those that do nothing apart', () => {
    expect(JSON.parse(generateSwitches(contract))).toMatchObject({
      product: 'my-tool',
      telemetry: {
        default: 'opt-out',
        off: [
          { how: 'variable', name: 'MY_TOOL_TELEMETRY', value: 'off' },
          {
            how: 'key',
            name: 'telemetry.enabled',
            value: false,
            file: '/etc/my-tool.yml',
            until: '2.0.0'
          }
        ],
        notHeeded: [{ how: 'variable', name: 'DO_NOT_TRACK' }]
      },
      versionCheck: { off: [{ name: 'MY_TOOL_VERSION_CHECK', value: 'off' }] },
      endpoints: ['https://t.example']
    })
  })
})
