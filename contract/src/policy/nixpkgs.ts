/** Holds a contract against what packagers of nixpkgs do with software that reports. */
import type { PolicyRule } from './policy-rule.ts'

export const nixpkgsRules: readonly PolicyRule[] = [
  {
    code: 'NIXPKGS_SWITCH',
    severity: 'error',
    finds: 'a contract without a switch that a package can set',
    asks: 'A package switches it off with a variable or a build option, without a patch.',
    mend: 'Offer a control with a `variable` and what off is, a `build` or a `policy`.',
    source: 'https://github.com/NixOS/nixpkgs/pull/515047',
    *find(view) {
      const isSwitchable = view.contract.controls.some(
        (control) =>
          control['honoured'] !== false &&
          control['until'] === undefined &&
          ((control['variable'] !== undefined && control['off'] !== undefined) ||
            control['build'] !== undefined ||
            control['policy'] !== undefined)
      )
      if (!isSwitchable)
        yield {
          spot: view.find('controls'),
          message: 'A package would have to patch it: offer a `variable`, `build` or `policy`.'
        }
    }
  },
  {
    code: 'NIXPKGS_DEFAULT',
    severity: 'warning',
    finds: 'a contract that reports by default',
    asks: 'Packages have a history of turning opt-out into opt-in; there is no written rule.',
    mend: 'Expect it to be off in nixpkgs, or write `default: opt-in`.',
    source: 'https://discourse.nixos.org/t/update-on-telemetry/60777',
    *find(view) {
      if (view.contract.consent.default === 'opt-out')
        yield {
          spot: view.find('consent', 'default'),
          message: 'Packagers will switch it off: count on it, or write `opt-in`.'
        }
    }
  },
  {
    code: 'NIXPKGS_VERSION_CHECK',
    severity: 'warning',
    finds: 'security notices that end with the telemetry',
    asks: 'Telemetry is off and the look for security updates stays on, each with its own switch.',
    mend: 'Give the version check a signed list of its own with `keys`.',
    source: 'https://github.com/NixOS/nixpkgs/pull/376857',
    *find(view) {
      const { versionCheck } = view.contract
      if (versionCheck !== undefined && versionCheck.keys.length === 0)
        yield {
          spot: view.find('version_check'),
          message:
            'Its list has no `keys`, so no program believes it where telemetry is off: name them.'
        }
    }
  }
]
