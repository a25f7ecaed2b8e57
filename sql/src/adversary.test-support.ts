/**
 * Writes statements with a planted secret in every position where the grammar takes a name, a value
 * or a remark.
 */
import type { Dialect } from './shape.ts'

export interface Planted {
  readonly sql: string
  /** None of these may be in what comes out, in any case of letters. */
  readonly secrets: readonly string[]
}

/** A repeatable sequence: the same seed writes the same statements. */
function draws(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export function plantedStatement(dialect: Dialect, seed: number): Planted {
  const draw = draws(seed * 7_919 + (dialect === 'mysql' ? 1 : 2))
  for (let skip = 0; skip < 8; skip += 1) draw()
  const secrets: string[] = []
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(draw() * items.length)] as Item
  const isMysql = dialect === 'mysql'

  /** Letters that begin no word of any list. */
  const secret = (): string => {
    let word = 'zqx'
    while (word.length < 9) word += pick([...'bdfghjklmnprstvw'])
    secrets.push(word)
    return word
  }
  const digits = (): string => {
    let number = '9'
    while (number.length < 9) number += String(Math.floor(draw() * 10))
    secrets.push(number)
    return number
  }
  /** An operator that somebody made; MySQL has none. */
  const operator = (): string => {
    if (isMysql) return '='
    let sign = '%^'
    while (sign.length < 9) sign += pick([...'%^~!&|#'])
    secrets.push(sign)
    return pick([sign, `OPERATOR(${name()}.${sign})`])
  }
  const quote = isMysql ? '`' : '"'
  const name = (): string =>
    pick([
      () => secret(),
      () => secret().toUpperCase(),
      () => `${quote}${secret()}${quote}`,
      () => `${quote}${secret()} ${quote}${quote} ${secret()}${quote}`,
      () => `${quote}; DROP ${secret()} --${quote}`,
      () => `${quote}${secret()}'s${quote}`,
      () => `${secret()}_ü`,
      () => `${secret()}$${secret()}`,
      () => `_${secret()}`,
      () => `t1${secret()}`,
      () => (isMysql ? `\`1${secret()}\`` : `U&"${secret()}\\0041"`)
    ])()
  const text = (): string => {
    const inside = secret()
    return pick(
      isMysql
        ? [
            `'${inside}'`,
            `"${inside}"`,
            `'it''s ${inside}'`,
            `'\\'${inside}'`,
            `"\\"${inside}'"`,
            `N'${inside}'`,
            `_utf8mb4'${inside}'`,
            `'a' '${inside}'`,
            `'${inside}\n\u0000'`,
            `'/* ${inside}'`,
            `'-- ${inside}'`,
            `'\u{1F600}${inside}'`
          ]
        : [
            `'${inside}'`,
            `'it''s ${inside}'`,
            `E'\\'${inside}'`,
            `$$${inside}$$`,
            `$${inside}$ $$ ${inside}$${inside}$`,
            `U&'${inside}\\0041'`,
            `'a'\n'${inside}'`,
            `'/* ${inside}'`,
            `'-- ${inside}'`,
            `'\\'`.replace('\\', `\\${inside}`),
            `'\u{1F600}${inside}'`,
            `N'${inside}'`
          ]
    )
  }
  const number = (): string =>
    pick([() => digits(), () => `-${digits()}`, () => `${digits()}.5`, () => `.${digits()}`])()
  const literal = (): string => pick([text, number, text, () => 'NULL', () => 'TRUE'])()
  const remark = (): string =>
    pick([
      () => '',
      () => '',
      () => '',
      () => ` /* ${secret()} */ `,
      () => ` -- ${secret()}\n`,
      () => (isMysql ? ` /*+ ${secret()}(${secret()}) */ ` : ` /* /* ${secret()} */ */ `),
      () => (isMysql ? ` # ${secret()}\n` : ' ')
    ])()
  const qualified = (): string =>
    pick([name, name, () => `${name()}.${name()}`, () => `${name()}.${name()}.${name()}`])()
  const table = (): string => pick([name, name, () => `${name()}.${name()}`])()
  const type = (): string =>
    pick(
      isMysql
        ? [
            () => 'INT',
            () => `VARCHAR(${digits().slice(0, 3)})`,
            () => `ENUM(${text()}, ${text()})`,
            () => `VARCHAR(9) CHARACTER SET ${secret()} COLLATE ${secret()}`
          ]
        : [
            () => 'int',
            () => 'varchar(37)',
            () => name(),
            () => `${name()}.${name()}`,
            () => `${name()}[]`,
            () => `numeric(9,2)`
          ]
    )()

  const expression = (depth: number): string => {
    if (depth <= 0) return pick([literal, qualified])()
    const e = (): string => expression(depth - 1)
    return pick<() => string>([
      literal,
      qualified,
      () => `${e()} ${pick(['=', '<', '>=', '+', '<>', '||'])} ${e()}`,
      () => `${e()} ${operator()} ${e()}`,
      () => `(${e()} AND ${e()})`,
      () => `(${e()} OR NOT ${e()})`,
      () => `${qualified()} IN (${literal()}, ${literal()}, ${e()})`,
      () => `${qualified()} BETWEEN ${e()} AND ${literal()}`,
      () => `${qualified()} LIKE ${text()}`,
      () => `${qualified()} IS NOT NULL`,
      () => `CASE WHEN ${e()} THEN ${e()} ELSE ${literal()} END`,
      () => `coalesce(${e()}, ${e()})`,
      () => `${name()}(${e()}, ${literal()})`,
      () => `count(DISTINCT ${qualified()})`,
      () => `(${select(depth - 1)})`,
      () => `EXISTS (${select(depth - 1)})`,
      () => `CAST(${e()} AS ${isMysql ? 'CHAR' : type()})`,
      () =>
        isMysql
          ? `JSON_EXTRACT(${qualified()}, ${text()})`
          : `${qualified()} -> ${text()} ->> ${text()}`,
      () =>
        isMysql
          ? `GROUP_CONCAT(${qualified()} ORDER BY ${qualified()} SEPARATOR ${text()})`
          : `string_agg(${qualified()}, ${text()} ORDER BY ${qualified()})`,
      () => (isMysql ? `@${secret()}` : `${qualified()} COLLATE "${secret()}"`),
      () => (isMysql ? `@@${secret()}` : `(${qualified()}).${name()}`),
      () => (isMysql ? `INTERVAL ${literal()} DAY` : `INTERVAL ${text()}`),
      () => (isMysql ? `${qualified()} REGEXP ${text()}` : `${qualified()} ~ ${text()}`),
      () => (isMysql ? `0x${digits()}` : `ARRAY[${literal()}, ${e()}]`),
      () => (isMysql ? `CONVERT(${e()} USING ${secret()})` : `${literal()}::${type()}`),
      () =>
        isMysql
          ? `MATCH (${qualified()}) AGAINST (${text()} IN BOOLEAN MODE)`
          : `${qualified()} AT TIME ZONE ${text()}`,
      () =>
        isMysql
          ? `row_number() OVER (PARTITION BY ${qualified()})`
          : `sum(${e()}) FILTER (WHERE ${e()}) OVER ${name()}`
    ])()
  }
  const select = (depth: number): string => {
    const e = (): string => expression(depth)
    return [
      pick([() => '', () => '', () => `WITH ${name()} AS (SELECT ${e()}) `])(),
      `SELECT ${remark()}${e()} AS ${isMysql ? pick([name, text])() : name()}, ${e()}${remark()} `,
      `FROM ${table()} ${pick([() => '', name, () => `AS ${name()}`])()} `,
      pick([
        () => '',
        () => `JOIN ${table()} ON ${e()} `,
        () => `LEFT JOIN ${table()} USING (${name()}) `
      ])(),
      pick([() => '', () => `WHERE ${e()} `])(),
      pick([() => '', () => `GROUP BY ${qualified()} HAVING ${e()} `])(),
      pick([() => '', () => `ORDER BY ${e()} DESC `])(),
      pick([() => '', () => `LIMIT ${digits()}`])()
    ].join('')
  }
  const row = (): string => `(${literal()}, ${literal()})`

  const both: readonly (() => string)[] = [
    () => select(2),
    () => select(3),
    () => `INSERT INTO ${table()} (${name()}, ${name()}) VALUES ${row()}, ${row()}`,
    () => `INSERT INTO ${table()} ${select(1)}`,
    () => `UPDATE ${table()} SET ${name()} = ${expression(2)} WHERE ${expression(2)}`,
    () => `DELETE FROM ${table()} WHERE ${expression(2)}`,
    () => `CREATE VIEW ${table()} AS ${select(2)}`,
    () => `DROP TABLE IF EXISTS ${table()}, ${table()}`,
    () => `ALTER TABLE ${table()} ADD COLUMN ${name()} ${type()} DEFAULT ${literal()}`,
    () => `ALTER TABLE ${table()} RENAME TO ${name()}`,
    () => `CREATE INDEX ${name()} ON ${table()} (${name()})`,
    () => `EXPLAIN ${select(1)}`,
    () => `TRUNCATE TABLE ${table()}`,
    () => `GRANT SELECT ON ${table()} TO ${name()}`,
    () => `${select(1)} UNION ALL ${select(1)}`,
    () => `SET ${secret()} = ${text()}`,
    () => `PREPARE ${name()} FROM ${text()}`,
    () => `${secret()} ${text()} ${name()}`,
    () => `SELECT ${literal()} FROM ${name()} WHERE`,
    () => `SELECT ${text().slice(0, -1)}`,
    () => `CREATE DATABASE ${name()}`,
    () => `SAVEPOINT ${name()}`,
    () => `CALL ${name()}(${literal()})`,
    () => `${select(1)}; ${select(1)}`
  ]
  const mysql: readonly (() => string)[] = [
    () =>
      `CREATE TABLE ${table()} (${name()} ${type()} NOT NULL DEFAULT ${literal()} ` +
      `COMMENT ${text()}, ` +
      `KEY ${name()} (${name()}), CONSTRAINT ${name()} FOREIGN KEY (${name()}) ` +
      `REFERENCES ${table()} (${name()})) ` +
      `ENGINE=${pick(['InnoDB', secret()])} COMMENT=${text()} DEFAULT CHARSET=${secret()}`,
    () => `CREATE USER ${text()}@${text()} IDENTIFIED BY ${text()}`,
    () => `SET PASSWORD FOR ${name()} = ${text()}`,
    () => `SET @${secret()} = ${expression(1)}, NAMES ${secret()}`,
    () => `LOAD DATA INFILE ${text()} INTO TABLE ${table()} FIELDS TERMINATED BY ${text()}`,
    () => `SELECT * FROM ${table()} FORCE INDEX (${name()}) INTO OUTFILE ${text()}`,
    () =>
      `INSERT INTO ${table()} SET ${name()} = ${literal()} ON DUPLICATE ` +
      `KEY UPDATE ${name()} = ${literal()}`,
    () => `SHOW TABLES FROM ${name()} LIKE ${text()}`,
    () => `/*!50003 CREATE TABLE ${table()} (${name()} INT) */`,
    () => `USE ${name()}`,
    () => `KILL ${digits()}`,
    () => `LOCK TABLES ${table()} AS ${name()} READ`
  ]
  const postgres: readonly (() => string)[] = [
    () =>
      `CREATE TABLE ${table()} (${name()} ${type()} NOT NULL DEFAULT ${literal()} ` +
      `CHECK (${expression(1)}), ` +
      `CONSTRAINT ${name()} FOREIGN KEY (${name()}) REFERENCES ${table()} ` +
      `(${name()}), UNIQUE (${name()})) ` +
      `WITH (${name()} = ${text()}, fillfactor = 70) TABLESPACE ${name()}`,
    () => `CREATE TYPE ${table()} AS ENUM (${text()}, ${text()})`,
    () => `ALTER TYPE ${name()} ADD VALUE ${text()} AFTER ${text()}`,
    () => `CREATE DOMAIN ${name()} AS ${type()} CHECK (${expression(1)})`,
    () => `CREATE ROLE ${name()} LOGIN PASSWORD ${text()} VALID UNTIL ${text()}`,
    () => `ALTER ROLE ${name()} SET ${name()} = ${text()}`,
    () => `CREATE USER MAPPING FOR ${name()} SERVER ${name()} OPTIONS (password ${text()})`,
    () => `CREATE SERVER ${name()} FOREIGN DATA WRAPPER ${name()} OPTIONS (host ${text()})`,
    () => `CREATE SUBSCRIPTION ${name()} CONNECTION ${text()} PUBLICATION ${name()}`,
    () => `COPY ${table()} (${name()}) FROM ${text()} WITH (FORMAT csv, DELIMITER ${text()})`,
    () => `COPY ${table()} FROM PROGRAM ${text()}`,
    () => `COPY ${table()} FROM STDIN;\n${secret()}\t${secret()}\n\\.`,
    () =>
      `CREATE FUNCTION ${table()}(${name()} ${type()} DEFAULT ${literal()}) ` +
      `RETURNS ${type()} LANGUAGE ${secret()} AS ${text()}`,
    () =>
      `CREATE FUNCTION ${name()}() RETURNS int LANGUAGE sql SET ${secret()} ` +
      `= ${text()} RETURN ${expression(1)}`,
    () => `DO LANGUAGE plpgsql ${text()}`,
    () => `COMMENT ON COLUMN ${name()}.${name()} IS ${text()}`,
    () => `SECURITY LABEL FOR ${secret()} ON TABLE ${name()} IS ${text()}`,
    () => `NOTIFY ${name()}, ${text()}`,
    () => `PREPARE ${name()} (${type()}) AS ${select(1)}`,
    () => `PREPARE TRANSACTION ${text()}`,
    () => `EXECUTE ${name()} (${literal()}, ${literal()})`,
    () => `DECLARE ${name()} CURSOR FOR ${select(1)}`,
    () =>
      `CREATE TRIGGER ${name()} BEFORE UPDATE OF ${name()} ON ${table()} ` +
      `FOR EACH ROW EXECUTE FUNCTION ${name()}(${text()})`,
    () => `CREATE POLICY ${name()} ON ${table()} TO ${name()} USING (${expression(1)})`,
    () => `CREATE RULE ${name()} AS ON INSERT TO ${table()} DO NOTIFY ${name()}`,
    () => `CREATE EXTENSION ${name()} WITH SCHEMA ${name()} VERSION ${text()}`,
    () => `CREATE COLLATION ${name()} (locale = ${text()})`,
    () => `CREATE AGGREGATE ${name()} (int) (sfunc = ${name()}, stype = int, initcond = ${text()})`,
    () =>
      `CREATE INDEX ${name()} ON ${table()} USING ${secret()} ((${expression(1)}) ` +
      `${secret()}) WHERE ${expression(1)}`,
    () =>
      `INSERT INTO ${table()} VALUES ${row()} ON CONFLICT ON CONSTRAINT ` +
      `${name()} DO UPDATE SET ${name()} = ${literal()} RETURNING ${name()}`,
    () =>
      `MERGE INTO ${table()} USING ${table()} ON ${expression(1)} WHEN ` +
      `MATCHED THEN UPDATE SET ${name()} = ${literal()}`,
    () =>
      `SELECT * FROM ${name()}(${literal()}) AS ${name()}(${name()} ${type()}) ` +
      `WINDOW ${name()} AS (PARTITION BY ${name()})`,
    () => `SELECT * FROM json_table(${text()}, ${text()} COLUMNS (${name()} int PATH ${text()}))`,
    () => `SELECT xmlelement(name ${name()}, xmlattributes(${literal()} AS ${name()}), ${text()})`,
    () => `SELECT EXTRACT(${secret()} FROM ${name()}), a OPERATOR(${name()}.+) b`,
    () => `ALTER DATABASE ${name()} SET ${secret()} TO ${text()}`,
    () => `ALTER SYSTEM SET primary_conninfo = ${text()}`,
    () => `IMPORT FOREIGN SCHEMA ${name()} FROM SERVER ${name()} INTO ${name()}`,
    () => `LOAD ${text()}`,
    () => `CREATE TABLESPACE ${name()} LOCATION ${text()}`
  ]
  const sql = remark() + pick([...both, ...both, ...(isMysql ? mysql : postgres)])() + remark()
  return { sql, secrets }
}
