/**
 * How does a program hand over a text that may be none of an enum's words? By saying so: a mistyped
 * word does not compile, and this does.
 */

export type Unlisted = string & { readonly unlisted: true }

/**
 * A text from outside for an enum that collapses: one of its words stays, anything else becomes
 * `other` before it is kept anywhere.
 *
 * @example
 * telemetry.record('pipeline_load', { destination_type: unlisted(destination.type) })
 */
export function unlisted(text: string): Unlisted {
  return text as Unlisted
}
