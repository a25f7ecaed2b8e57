/** Send it, politely: everything that a program may use of the SDK. */
export { createTelemetry } from './create-telemetry.ts'
export { detectEnvironment, type Surroundings } from './environment/environment.ts'
export type { ContractForm, Digest, FeedKey, FieldForm, RecordForm, TypeForm } from './form.ts'
export type { ConsentSource, ConsentState, Decision, Saying } from './consent/decision.ts'
export type {
  Advisory,
  Answer,
  Comparison,
  Controls,
  Delivery,
  DroppedRecord,
  Fields,
  FieldValue,
  ForgetResult,
  LogEntry,
  OffResult,
  Outcome,
  Preview,
  RecordOptions,
  RecordShapes,
  ReportSchedule,
  Settings,
  Status,
  Switch,
  Telemetry,
  TelemetryOptions,
  TermsDiff,
  Unkept,
  Verification,
  VersionStatus,
  VersionSupport
} from './telemetry.ts'
export {
  openTwinIds,
  type KeptTwinIds,
  type TwinIds,
  type TwinIdsPlace
} from './identity/twin-ids.ts'
export { unlisted, type Unlisted } from './unlisted.ts'
