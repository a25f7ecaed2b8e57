/**
 * Whether a value has the shape that the wire promises, and if not, where: as a value, because
 * input is no exception.
 */
import { isObject, type JsonObject } from '../json.ts'

/**
 * `path` is built of our own words and of numbers, so that it can be shown:
 * `runs[0].records[2].seq`.
 */
export interface Misshapen {
  readonly path: string
  readonly must: string
}

export interface TextShape {
  readonly key: string
  readonly shape: { test(text: string): boolean }
  readonly must: string
  readonly required?: boolean
}

/** The first of these texts that is not as it must be. Null counts as absent. */
export function misshapenText(of: JsonObject, shapes: readonly TextShape[]): Misshapen | undefined {
  for (const { key, shape, must, required } of shapes) {
    const value = of[key] ?? undefined
    if (value === undefined ? required === true : typeof value !== 'string' || !shape.test(value))
      return { path: key, must }
  }
  return undefined
}

/** To be used after `misshapenText` found nothing. */
export function textOf(of: JsonObject, key: string): string | undefined {
  const value = of[key]
  return typeof value === 'string' ? value : undefined
}

/** Undefined when absent, a fault when it is something else than an object. */
export function objectAt(
  of: JsonObject,
  key: string
): { readonly value: JsonObject | undefined; readonly fault: Misshapen | undefined } {
  const value = of[key] ?? undefined
  if (value === undefined) return { value: undefined, fault: undefined }
  return isObject(value)
    ? { value, fault: undefined }
    : { value: undefined, fault: { path: key, must: 'be an object' } }
}

export function isMisshapen(value: object): value is Misshapen {
  return 'must' in value
}

export function inside(place: string, fault: Misshapen): Misshapen {
  return { path: fault.path === '' ? place : `${place}.${fault.path}`, must: fault.must }
}

export function sentence({ path, must }: Misshapen): string {
  return `\`${path}\` must ${must}.`
}
