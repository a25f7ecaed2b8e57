/**
 * A name that is a built-in word stays a name: every word of the shipped lists, wherever a grammar
 * takes the name of something of one's own.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { anonymize } from './anonymize.ts'
import { readList } from './catalogue.ts'
import type { Dialect } from './shape.ts'

/**
 * `N` is a name. Not among them: functions, types, options and settings, which are printed where
 * they are built in; and roles, of which `public` and `none` are words of the grammar.
 */
const statements: Readonly<Record<Dialect, readonly string[]>> = {
  postgres: [
    'WITH N AS (SELECT N.N FROM N.N) SELECT N.N AS N, sum(N) OVER N FROM N JOIN N AS N ' +
      'USING (N) WHERE N.N = 1 WINDOW N AS (PARTITION BY N)',
    'INSERT INTO N (N, N) VALUES (1, 2) ON CONFLICT ON CONSTRAINT N DO UPDATE SET N = ' +
      'EXCLUDED.N RETURNING N AS N',
    'UPDATE N.N AS N SET N = N.N FROM N WHERE N.N = N.N',
    'DELETE FROM N USING N WHERE N.N = N.N',
    'CREATE TABLE N.N (N int CONSTRAINT N PRIMARY KEY, N text COLLATE N, CONSTRAINT N ' +
      'FOREIGN KEY (N) REFERENCES N (N), CONSTRAINT N CHECK (N > 0), CONSTRAINT N UNIQUE ' +
      '(N)) TABLESPACE N',
    'CREATE INDEX N ON N USING btree (N N, lower(N)) WHERE N > 0',
    'CREATE UNIQUE INDEX N ON N (N) INCLUDE (N)',
    'CREATE VIEW N.N (N) AS SELECT N FROM N',
    'ALTER TABLE N RENAME COLUMN N TO N',
    'ALTER TABLE N RENAME TO N',
    'ALTER TABLE N ADD COLUMN N int',
    'ALTER TABLE N DROP CONSTRAINT N',
    'ALTER TABLE N ATTACH PARTITION N DEFAULT',
    'ALTER INDEX N RENAME TO N',
    'DROP TABLE N, N.N',
    'DROP INDEX N',
    'DROP VIEW N',
    'DROP SCHEMA N',
    'DROP SEQUENCE N',
    'DROP EXTENSION N',
    'DROP TRIGGER N ON N',
    'DROP POLICY N ON N',
    'SAVEPOINT N',
    'ROLLBACK TO N',
    'RELEASE N',
    'DECLARE N CURSOR FOR SELECT N FROM N',
    'FETCH ALL FROM N',
    'CLOSE N',
    'PREPARE N AS SELECT N FROM N',
    'EXECUTE N (1)',
    'DEALLOCATE N',
    'LISTEN N',
    'NOTIFY N',
    'CREATE POLICY N ON N USING (N = 1)',
    'CREATE TRIGGER N BEFORE INSERT ON N FOR EACH ROW EXECUTE FUNCTION foo()',
    'CREATE EXTENSION N',
    'CREATE SCHEMA N',
    'CREATE SEQUENCE N OWNED BY N.N',
    "CREATE TYPE N AS ENUM ('a')",
    'CREATE TYPE N.N AS (N int)',
    'CREATE DOMAIN N AS int CONSTRAINT N CHECK (VALUE > 0)',
    'SELECT * FROM f(1) AS N(N, N)',
    'SELECT f(N => 1)',
    'SELECT N FROM N GROUP BY ROLLUP (N, N)',
    'SELECT (N).N, N[1], N.* FROM N',
    'TRUNCATE N',
    'LOCK TABLE N',
    'ANALYZE N (N)',
    'VACUUM N',
    'REINDEX TABLE N',
    'COPY N (N, N) FROM STDIN',
    'COMMENT ON TABLE N IS $$x$$',
    'COMMENT ON COLUMN N.N IS $$x$$',
    'REFRESH MATERIALIZED VIEW N',
    'MERGE INTO N USING N ON N.N = N.N WHEN MATCHED THEN DELETE',
    'SELECT N FROM N FOR UPDATE OF N',
    'SELECT N INTO N FROM N',
    'SELECT N FROM N TABLESAMPLE system (1)',
    'CREATE TABLE N PARTITION OF N DEFAULT',
    'CREATE TABLE N (LIKE N)',
    'CREATE TABLE N (N int) PARTITION BY RANGE (N)',
    'CREATE TABLE N () INHERITS (N)',
    'CREATE FUNCTION fx(N int) RETURNS int LANGUAGE sql AS $$x$$',
    'SET N.N = 1',
    'ALTER TABLE N OWNER TO N'
  ],
  mysql: [
    'WITH N AS (SELECT N.N FROM N.N) SELECT N.N AS N, sum(N) FROM N JOIN N AS N USING (N) ' +
      'WHERE N.N = 1 GROUP BY N HAVING N > 1 ORDER BY N',
    'INSERT INTO N (N, N) VALUES (1, 2) ON DUPLICATE KEY UPDATE N = VALUES(N)',
    'UPDATE N.N SET N = 1 WHERE N = 2',
    'DELETE FROM N WHERE N = 1',
    'CREATE TABLE N (N INT, N INT, PRIMARY KEY (N), CONSTRAINT N FOREIGN KEY (N) REFERENCES N (N))',
    'CREATE INDEX N ON N (N)',
    'CREATE VIEW N AS SELECT N FROM N',
    'ALTER TABLE N ADD COLUMN N INT',
    'ALTER TABLE N RENAME TO N',
    'ALTER TABLE N DROP COLUMN N',
    'DROP TABLE N, N',
    'TRUNCATE TABLE N',
    'SELECT N FROM N AS N, (SELECT N FROM N) AS N',
    'CREATE DATABASE N',
    'USE N',
    'SHOW COLUMNS FROM N',
    'SELECT N FROM N USE INDEX (N)',
    'SAVEPOINT N'
  ]
}

const wordsEach = 60

describe.each<Dialect>(['postgres', 'mysql'])('names of %s', (dialect) => {
  const quote = dialect === 'mysql' ? '`' : '"'
  const words = wordsOf(dialect)
  const written = (statement: string, names: readonly string[]): string => {
    let place = 0
    return statement.replaceAll(/\bN\b/g, () => `${quote}${names[place++] ?? ''}${quote}`)
  }

  it.each(statements[dialect])('are no words of a list: %s', async (statement) => {
    const count = statement.match(/\bN\b/g)?.length ?? 0
    const neutral = Array.from({ length: count }, (_, index) => `name_${index}`)
    const expected = await anonymize(written(statement, neutral), { dialect })
    expect(expected.problems).toEqual([])
    for (let turn = 0; turn < wordsEach; turn += 1) {
      const first = (turn * 997) % words.length
      // Different words at each place, a stride through the list that comes by all of it.
      const names = neutral.map((_, index) => words[(first + index * 101) % words.length] ?? '')
      const sql = written(statement, names)
      expect((await anonymize(sql, { dialect })).shape, sql).toBe(expected.shape)
    }
  })
})

function wordsOf(dialect: Dialect): readonly string[] {
  const lists = readdirSync(new URL('../data/', import.meta.url))
    .filter((file) => file.startsWith(dialect) && !file.includes('operators'))
    .map((file) => file.replace(/[.]txt$/, ''))
  return [...new Set(lists.flatMap((list) => [...readList(list)]))]
}
