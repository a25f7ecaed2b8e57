/** What a packager of the product needs: a preset for machines, and its switches for programs. */
import type { Contract, Control } from '../form/contract.ts'
import { useOf } from './disclosure/controls.ts'

/** What turns it off, as keys of the contract's controls; each names another kind of switch. */
const ways = ['variable', 'flag', 'key', 'setting', 'build', 'policy', 'command', 'sql', 'api']

/**
 * A file for `/etc/candor.d`: off for every user of the machine, until somebody takes it out.
 *
 * @example
 * await writeFile('debian/acme.candor.json', generatePreset(contract))
 */
export function generatePreset({ product }: Contract): string {
  // Nothing of the version check: its list is the same for everybody and tells of security fixes,
  // so a packager who wants it off says `"versionCheck": "off"` beside it.
  return asText({ products: { [product]: { telemetry: 'off' } } })
}

/**
 * Every switch of the product, for tools that set them: packagers, fleets, opt-out lists.
 *
 * @example
 * const { telemetry } = JSON.parse(generateSwitches(contract))
 */
export function generateSwitches(contract: Contract): string {
  const { product, title, consent, versionCheck, endpoint = {}, controls } = contract
  const variable = product.toUpperCase().replaceAll('-', '_')
  return asText({
    candor: 1,
    kind: 'switches',
    product,
    title,
    contract: contract.digest,
    page: contract.page ?? null,
    telemetry: {
      default: consent.default,
      off: controls.filter((control) => useOf(control) === 'off').flatMap(switchesOf),
      less: controls.filter((control) => useOf(control) === 'less').flatMap(switchesOf),
      notHeeded: controls.filter((control) => useOf(control) === 'ignored').flatMap(switchesOf)
    },
    versionCheck:
      versionCheck === undefined
        ? null
        : { off: [{ how: 'variable', name: `${variable}_VERSION_CHECK`, value: 'off' }] },
    /** What programs that are built on the SDK heed beside their own. */
    sdk: {
      off: [
        { how: 'variable', name: 'DO_NOT_TRACK', value: '1' },
        { how: 'variable', name: `${variable}_TELEMETRY`, value: 'off' },
        { how: 'policy', name: '/etc/candor.d/*.json', value: '{ "telemetry": "off" }' },
        { how: 'build', name: 'export condition', value: 'candor-removed' }
      ]
    },
    endpoints: Object.values(endpoint).filter((address) => /^https?:/.test(address))
  })
}

function switchesOf(control: Control): readonly object[] {
  const more = ['scope', 'file', 'since', 'until'].filter((key) => control[key] !== undefined)
  return ways
    .filter((way) => control[way] !== undefined)
    .map((way) => ({
      how: way,
      name: control[way],
      ...(control['off'] === undefined ? {} : { value: control['off'] }),
      ...Object.fromEntries(more.map((key) => [key, control[key]]))
    }))
}

function asText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
