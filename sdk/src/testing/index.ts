/** For tests of programs that report with the SDK. */
export { openMemoryCollector } from './memory-collector.ts'
export type {
  CollectedRecord,
  CollectedRequest,
  CollectorAnswer,
  MemoryCollector
} from './memory-collector.ts'
