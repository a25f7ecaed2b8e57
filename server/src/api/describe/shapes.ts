/**
 * The few shapes that many endpoints share. Each is made when it is first asked for: a server that
 * nobody asks for its description never makes those of its answers.
 */
import { z } from 'zod'

/** A shape that has a name in the OpenAPI description, and as a type of the dashboard. */
export function named<Shape extends z.ZodType>(id: string, make: () => Shape): () => Shape {
  return once(() => make().meta({ id }))
}

export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => (made ??= { value: make() }).value
}

export const whole = once(() => z.int().min(0))
export const share = once(() => z.number().min(0).max(1))
/** `2026-11-20` */
export const day = once(() => z.iso.date('must be a day such as 2026-11-20'))
/** RFC 3339, in UTC. */
export const instant = once(() =>
  z.iso.datetime('must be an instant such as 2026-11-20T11:00:00.000Z')
)
export const texts = once(() => z.array(z.string()))

/** A text that must not be empty. The example stands in the description and in what is refused. */
export function word(example: string): z.ZodString {
  return z
    .string()
    .min(1, 'must not be empty')
    .meta({ examples: [example] })
}

export function wholeFrom1(usual: number, max: number): z.ZodDefault<z.ZodInt> {
  const says = `must be a whole number from 1 to ${max}`
  return z
    .int(says)
    .min(1, says)
    .max(max, says)
    .default(usual)
    .meta({ examples: [usual] })
}

/** The product that a request is about. */
export function productName(): z.ZodString {
  return word('dlt')
}
