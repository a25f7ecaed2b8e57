/** Makes a small contract's form for tests. */
import type { ContractForm } from '../form.ts'

export function formWith(change: Partial<ContractForm> = {}): ContractForm {
  return {
    candor: 1,
    product: 'dlt',
    title: 'dlt',
    purpose: 'Which sources are used, and which steps fail.',
    digest: `sha256:${'1'.repeat(64)}`,
    terms: `sha256:${'2'.repeat(64)}`,
    consent: {
      default: 'opt-out',
      levels: [
        { name: 'basic', says: 'Which commands run.' },
        { name: 'pipelines', says: 'What pipelines do.' }
      ],
      graceHours: 24
    },
    identity: { kind: 'persistent', says: 'a random id' },
    environment: ['class', 'os'],
    presence: [],
    recipients: [{ name: 'dltHub GmbH', where: 'Germany', for: 'deciding what to build next' }],
    location: 'EU',
    retention: { recordsDays: 90, aggregatesDays: 761 },
    records: {
      command_init: {
        kind: 'event',
        when: 'A command ended.',
        level: 'basic',
        fields: {
          elapsed: {
            says: 'how long it took',
            type: { is: 'duration', unit: 's', max: 86_400, coarsen: { by: 'digits', digits: 3 } }
          },
          success: { says: 'whether it ended well', type: { is: 'boolean' } }
        }
      },
      pipeline_load: {
        kind: 'event',
        when: 'A load step ended.',
        level: 'pipelines',
        fields: {
          destination: {
            says: 'the kind of destination',
            type: { is: 'enum', values: ['duckdb', 'postgres'], collapse: true }
          },
          pools: {
            says: 'its pools',
            type: {
              is: 'object',
              fields: {
                size: { says: 'how large', type: { is: 'integer', min: 0, max: 1000 } },
                kind: { says: 'which kind', type: { is: 'enum', values: ['zfs', 'lvm'] } }
              }
            }
          }
        }
      }
    },
    controls: [],
    endpoint: { default: 'https://telemetry.example.org/in/dlt' },
    never: ['data'],
    ...change
  }
}
