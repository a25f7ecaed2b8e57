/** A word that must be one of a few, and a whole number: read as in the contract's own command. */
export { oneOf, wholeNumber } from '@candor/contract/printing'
