/** Reduces a text of PostgreSQL's dialect to the text of its shape. */
import { deparseSync } from 'pgsql-deparser'
import { statementsMax } from '../limits.ts'
import { Refusal, type StatementKind } from '../shape.ts'
import { Names, numberByAppearance, type Numbered } from '../tokens.ts'
import { parse } from './parser.ts'
import { rebuild } from './rebuild.ts'
import { onlyEntry } from './tree.ts'

export function postgresShape(sql: string): Numbered & { readonly kind: StatementKind } {
  const trees = parse(sql)
  if (trees.length === 0) throw new Refusal('NOT_PARSED')
  if (trees.length > statementsMax) throw new Refusal('TOO_LARGE')
  const names = new Names()
  const texts = trees.map((tree) => print(rebuild(tree, names)))
  return { ...numberByAppearance(texts.join('; '), names.holes), kind: kindOf(trees[0]) }
}

/**
 * The tree holds nothing of the user's any more, so that whatever the printer does with it can
 * reveal nothing.
 */
function print(tree: unknown): string {
  try {
    return (
      deparseSync(tree as Parameters<typeof deparseSync>[0], { pretty: false })
        .replace(/\$\$\s*\$\$|'[a-z ]*'/g, "''")
        // Names of options are printed in capitals, tokens among them.
        .replace(/\bX\d+\b/g, (token) => token.toLowerCase())
        .replace(/\s+/g, ' ')
        .trim()
    )
  } catch {
    throw new Refusal('UNKNOWN_PART')
  }
}

const kinds: Readonly<Record<string, StatementKind>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  CreateStmt: 'create_table',
  CreateTableAsStmt: 'create_table',
  ViewStmt: 'create_view',
  DropStmt: 'drop',
  DropRoleStmt: 'drop',
  VariableSetStmt: 'set',
  VariableShowStmt: 'show',
  ExplainStmt: 'explain'
}

function kindOf(tree: unknown): StatementKind {
  const [type] = onlyEntry(tree)
  return kinds[type] ?? (type.startsWith('Alter') || type === 'RenameStmt' ? 'alter' : 'other')
}
