import { describe, expect, it } from 'vitest'
import { holdsOn } from './newest-release.ts'

describe('conditions on platforms', () => {
  it.each([
    [{}, {}, 'yes'],
    [{ postgresql: [16, 17] }, { postgresql: '16.4 (Debian)' }, 'yes'],
    [{ postgresql: [16, 17] }, { postgresql: '15.4' }, 'no'],
    [{ postgresql: [16, 17] }, {}, 'unknown'],
    [{ postgresql: [16] }, { postgresql: '' }, 'unknown'],
    [{ os: ['linux'], arch: ['amd64'] }, { os: 'linux', arch: 'x64' }, 'yes'],
    [{ os: ['macOS'] }, { os: 'darwin' }, 'yes'],
    // One no is enough, whatever else is not told.
    [{ os: ['linux'], arch: ['arm64'] }, { os: 'windows' }, 'no'],
    [{ constructor: ['x'] }, {}, 'unknown'],
    [{ arch: ['386'] }, { arch: 'i686' }, 'yes']
  ] as const)('%j on %j: %s', (conditions, told, holds) => {
    expect(holdsOn(conditions, told)).toBe(holds)
  })
})
