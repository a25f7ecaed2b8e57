/**
 * One Segment call, after batch-level context is merged in and before any product reads it. Raw:
 * never logged or stored.
 */
import type { Instant } from '../../record.ts'

export interface SegmentEvent {
  readonly type: 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias'
  /** `event` of a track call; the type itself for the others. */
  readonly event: string
  readonly messageId: string | undefined
  readonly anonymousId: string | undefined
  readonly userId: string | undefined
  /** Of a group call. */
  readonly groupId: string | undefined
  /** Of an alias call. */
  readonly previousId: string | undefined
  readonly properties: unknown
  readonly traits: unknown
  readonly context: unknown
  /** The client's own time, as read; undefined when absent or unreadable. */
  readonly timestamp: Instant | undefined
  readonly sentAt: Instant | undefined
  readonly receivedAt: Instant
}
