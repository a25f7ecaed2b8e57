/** How a command of ours prints and reads words: light enough for whoever asks one question. */
export { isCommandError } from '../command-error.ts'
export { oneOf, wholeNumber } from './choice.ts'
export { printable } from './printable.ts'
