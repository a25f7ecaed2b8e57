/** Names the rules that a contract is checked against, beyond its grammar. */

/**
 * Those that a contract may waive, with a reason. A code is never renamed: waivers and CI
 * configurations name it.
 */
export const waivableCodes = [
  'PERSONAL_DATA_LIKELY',
  'PATTERN_FREE',
  'PATTERN_PERSONAL',
  'HASH_UNSALTED',
  'SECRET_HASHED',
  'HARDWARE_ID',
  'ID_TOO_FINE',
  'LINKS_MISSING',
  'SHAPE_SINGULAR',
  'TIMESTAMP_FINE',
  'NEVER_CONTRADICTED',
  'BOUND_LARGE',
  'UNIT_MISSING',
  'NAME_SIMILAR',
  'SERVES_NOTHING',
  'QUESTION_UNSERVED',
  'LEVEL_UNUSED',
  'SAYS_MISSING',
  'SENSITIVE_BY_DEFAULT',
  'OWNER_MISSING',
  'EXPIRES_MISSING',
  'EXPIRES_PAST',
  'EXPIRES_SOON',
  'EXPIRES_NEVER',
  'RETENTION_LONG',
  'BACKUPS_UNSAID',
  'EVERY_MISSING',
  'SENT_AND_DROPPED',
  'CONTROL_WITHOUT_EFFECT'
] as const

/** What communities ask, which is only looked at where somebody asks for it. */
export const policyCodes = [
  'LF_CONSENT',
  'LF_ANONYMOUS',
  'LF_CONFIDENTIAL',
  'LF_STORED',
  'LF_SHARED',
  'FDROID_TRACKING',
  'FDROID_VERSION_CHECK',
  'FDROID_ENDPOINT',
  'NIXPKGS_SWITCH',
  'NIXPKGS_DEFAULT',
  'NIXPKGS_VERSION_CHECK',
  'DEBIAN_PHONE_HOME',
  'DEBIAN_CONFFILE',
  'DEBIAN_THIRD_PARTY',
  'DEBIAN_ID'
] as const

export type PolicyCode = (typeof policyCodes)[number]
type WaivableCode = (typeof waivableCodes)[number]
export type RuleCode = WaivableCode | PolicyCode | 'WAIVER_UNUSED'
