/** Says how much of a statement is looked at, and how large a shape may be. */

import { sqlShapeLengthMax } from '#values/sql-shape'

/** 1 MiB of text: what is longer is told by its first words alone. */
export const charactersMax = 1_048_576

/** After long lists of literals are cut; a parser needs about 1 KB of memory for each token. */
export const tokensMax = 20_000

/** Nested brackets; people write a dozen, programs fifty. */
export const nestingMax = 128

/**
 * Operators that follow one another nest as deep as brackets do: PostgreSQL's tree of 1 + 1 + 1
 * leans to one side.
 */
export const treeDepthMax = 600

/** A shape that is longer says more about one program than about what many have in common. */
export const shapeCharactersMax = sqlShapeLengthMax

/** Statements in one text, separated by semicolons. */
export const statementsMax = 20

/**
 * A parser's memory never shrinks: one that has grown by more than this is thrown away after its
 * statement.
 */
export const parserMemoryBytesMax = 64 * 1_048_576

/**
 * Below this a text is given to PostgreSQL's parser as it is: only long lists are worth reading
 * twice.
 */
export const shortCharacters = 4_096

/** Shapes of each dialect that are remembered as stable: at most 8 MiB of text. */
export const stableShapesMax = 1_000
