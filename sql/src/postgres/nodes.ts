/**
 * Says which nodes of PostgreSQL's syntax tree may be printed, and what becomes of each of their
 * fields.
 * A node or a field that is not here is unknown: the whole statement becomes its kind.
 *
 * n: a node or a list of them · b: boolean · i: a number of the grammar, not of the user · e: a
 * word of the grammar
 * t c s f d x: a name, or a list of names, of that kind (`tokens.ts`) · n with a letter: nodes,
 * and bare names of that kind
 * w(a|b): one of these words · '': a text, replaced by an empty one · 0: a number, replaced · -:
 * left out
 * o: options with known names · ox: options of any name · a capital: a node of that type, not
 * wrapped
 * !name: a rule of its own (`parts.ts`)
 */
export const nodes: Readonly<Record<string, string>> = {
  // These are expressions.
  A_Expr: 'kind:e name:!operator lexpr:n rexpr:!listed',
  ColumnRef: 'fields:!column',
  A_Star: '',
  A_Indices: 'is_slice:b lidx:n uidx:n',
  A_Indirection: 'arg:n indirection:nc',
  A_ArrayExpr: 'elements:!collapsed',
  TypeCast: 'arg:n typeName:TypeName',
  CollateClause: 'arg:n collname:x',
  BoolExpr: 'boolop:e args:n',
  SubLink: 'subLinkType:e testexpr:n operName:!operator subselect:n',
  RowExpr: 'args:n row_format:e colnames:c',
  CaseExpr: 'arg:n args:n defresult:n',
  CaseWhen: 'expr:n result:n',
  CoalesceExpr: 'args:n',
  MinMaxExpr: 'op:e args:n',
  NullTest: 'arg:n nulltesttype:e argisrow:b',
  BooleanTest: 'arg:n booltesttype:e',
  SQLValueFunction: 'op:e typmod:-',
  GroupingFunc: 'args:n',
  GroupingSet: 'kind:e content:n',
  NamedArgExpr: 'arg:n name:x argnumber:i',
  SetToDefault: '',
  CurrentOfExpr: 'cursor_name:x',
  MultiAssignRef: 'source:!shared colno:i ncolumns:i',
  FuncCall:
    'funcname:!function args:!arguments agg_order:n agg_filter:n over:WindowDef ' +
    'agg_within_group:b ' +
    'agg_star:b agg_distinct:b func_variadic:b funcformat:e',
  WindowDef:
    'name:x refname:x partitionClause:n orderClause:n frameOptions:i startOffset:n endOffset:n',
  SortBy: 'node:n sortby_dir:e sortby_nulls:e useOp:!operator',
  JsonFormat: 'format_type:e encoding:e',
  JsonReturning: 'format:JsonFormat typid:- typmod:-',
  JsonOutput: 'typeName:TypeName returning:JsonReturning',
  JsonValueExpr: 'raw_expr:n format:JsonFormat',
  JsonKeyValue: 'key:n value:JsonValueExpr',
  JsonObjectConstructor: 'exprs:n output:JsonOutput absent_on_null:b unique:b',
  JsonArrayConstructor: 'exprs:n output:JsonOutput absent_on_null:b',
  JsonIsPredicate: 'expr:n format:JsonFormat item_type:e unique_keys:b',

  // What a SELECT is made of, and its neighbours.
  RangeVar: 'catalogname:s schemaname:s relname:t inh:b relpersistence:w(p|u|t) alias:Alias',
  Alias: 'aliasname:t colnames:c',
  JoinExpr:
    'jointype:e isNatural:b larg:n rarg:n usingClause:c join_using_alias:Alias quals:n alias:Alias',
  RangeSubselect: 'lateral:b subquery:n alias:Alias',
  RangeFunction: 'lateral:b ordinality:b is_rowsfrom:b functions:n alias:Alias coldeflist:n',
  RangeTableSample: 'relation:n method:!function args:n repeatable:n',
  ResTarget: 'name:c indirection:nc val:n',
  LockingClause: 'lockedRels:n strength:e waitPolicy:e',
  IntoClause:
    'rel:RangeVar colNames:c accessMethod:x options:ox onCommit:e tableSpaceName:x skipData:b',
  WithClause: 'ctes:n recursive:b',
  CommonTableExpr:
    'ctename:t aliascolnames:c ctematerialized:e ctequery:n search_clause:CTESearchClause ' +
    'cycle_clause:CTECycleClause cterecursive:b',
  CTESearchClause: 'search_col_list:c search_breadth_first:b search_seq_column:c',
  CTECycleClause:
    'cycle_col_list:c cycle_mark_column:c cycle_mark_value:n cycle_mark_default:n ' +
    'cycle_path_column:c',
  SelectStmt:
    'distinctClause:n intoClause:IntoClause targetList:n fromClause:n whereClause:n ' +
    'groupClause:n ' +
    'groupDistinct:b havingClause:n windowClause:n valuesLists:!collapsed sortClause:n ' +
    'limitOffset:n ' +
    'limitCount:n limitOption:e lockingClause:n withClause:WithClause op:e all:b larg:SelectStmt ' +
    'rarg:SelectStmt',
  InsertStmt:
    'relation:RangeVar cols:n selectStmt:n onConflictClause:OnConflictClause returningList:n ' +
    'returningClause:ReturningClause withClause:WithClause override:e',
  ReturningClause: 'exprs:n',
  OnConflictClause: 'action:e infer:InferClause targetList:n whereClause:n',
  InferClause: 'indexElems:n whereClause:n conname:x',
  UpdateStmt:
    'relation:RangeVar targetList:n whereClause:n fromClause:n returningList:n ' +
    'returningClause:ReturningClause withClause:WithClause',
  DeleteStmt:
    'relation:RangeVar usingClause:n whereClause:n returningList:n ' +
    'returningClause:ReturningClause withClause:WithClause',
  MergeStmt:
    'relation:RangeVar sourceRelation:n joinCondition:n mergeWhenClauses:n returningList:n ' +
    'returningClause:ReturningClause withClause:WithClause',
  MergeWhenClause:
    'matchKind:e matched:b commandType:e override:e condition:n targetList:n values:n',

  // Tables and what belongs to them.
  CreateStmt:
    'relation:RangeVar tableElts:n inhRelations:n partbound:PartitionBoundSpec ' +
    'partspec:PartitionSpec ofTypename:TypeName constraints:n options:ox oncommit:e ' +
    'tablespacename:x accessMethod:x if_not_exists:b',
  ColumnDef:
    'colname:c typeName:TypeName compression:x inhcount:- is_local:b is_not_null:b ' +
    'is_from_type:b ' +
    'storage_name:w(plain|external|extended|main|default) raw_default:n identity:w(a|d) ' +
    'generated:w(s|v) collClause:CollateClause constraints:n',
  Constraint:
    'contype:e conname:x deferrable:b initdeferred:b is_no_inherit:b raw_expr:n ' +
    'generated_when:w(a|d|s) ' +
    'generated_kind:w(s|v) nulls_not_distinct:b keys:c including:c options:o ' +
    'indexname:x indexspace:x access_method:x where_clause:n pktable:RangeVar fk_attrs:c ' +
    'pk_attrs:c ' +
    'fk_matchtype:w(s|f|p) fk_upd_action:w(a|r|c|n|d) fk_del_action:w(a|r|c|n|d) ' +
    'fk_del_set_cols:c ' +
    'skip_validation:b initially_valid:b is_enforced:b without_overlaps:b fk_with_period:b ' +
    'pk_with_period:b',
  TableLikeClause: 'relation:RangeVar options:i',
  PartitionSpec: 'strategy:e partParams:n',
  PartitionElem: 'name:c expr:n collation:x opclass:x',
  PartitionBoundSpec:
    'strategy:w(h|l|r) is_default:b modulus:0 remainder:0 listdatums:!collapsed ' +
    'lowerdatums:n upperdatums:n',
  PartitionCmd: 'name:RangeVar bound:PartitionBoundSpec concurrent:b',
  IndexStmt:
    'idxname:x relation:RangeVar accessMethod:!method tableSpace:x indexParams:n ' +
    'indexIncludingParams:n options:ox whereClause:n unique:b nulls_not_distinct:b primary:b ' +
    'isconstraint:b concurrent:b if_not_exists:b',
  IndexElem:
    'name:c expr:n indexcolname:x collation:x opclass:x opclassopts:ox ordering:e nulls_ordering:e',
  AlterTableStmt: 'relation:RangeVar cmds:n objtype:e missing_ok:b',
  AlterTableCmd:
    'subtype:e name:!altered num:0 newowner:RoleSpec def:nx behavior:e missing_ok:b recurse:b',
  ReplicaIdentityStmt: 'identity_type:w(d|n|f|i) name:x',
  ViewStmt: 'view:RangeVar aliases:c query:n replace:b options:ox withCheckOption:e',
  CreateTableAsStmt: 'query:n into:IntoClause objtype:e is_select_into:b if_not_exists:b',
  RefreshMatViewStmt: 'concurrent:b skipData:b relation:RangeVar',
  DropStmt: 'objects:!objects removeType:e behavior:e missing_ok:b concurrent:b',
  TruncateStmt: 'relations:n restart_seqs:b behavior:e',
  RenameStmt:
    'renameType:e relationType:e relation:RangeVar object:nx subname:!renamed newname:!renamed ' +
    'behavior:e missing_ok:b',
  AlterObjectSchemaStmt: 'objectType:e relation:RangeVar object:nx newschema:s missing_ok:b',
  AlterOwnerStmt: 'objectType:e relation:RangeVar object:nx newowner:RoleSpec',
  CommentStmt: 'objtype:e object:nx comment:-',
  CreateSchemaStmt: 'schemaname:s authrole:RoleSpec schemaElts:n if_not_exists:b',
  CreateSeqStmt: 'sequence:RangeVar options:o for_identity:b if_not_exists:b',
  AlterSeqStmt: 'sequence:RangeVar options:o for_identity:b missing_ok:b',
  CreateEnumStmt: 'typeName:!owntype vals:!texts',
  AlterEnumStmt:
    "typeName:!owntype oldVal:'' newVal:'' newValNeighbor:'' newValIsAfter:b skipIfNewValExists:b",
  CreateDomainStmt: 'domainname:!owntype typeName:TypeName collClause:CollateClause constraints:n',
  CompositeTypeStmt: 'typevar:!typevar coldeflist:n',

  // Functions, triggers, rules of access.
  CreateFunctionStmt:
    'is_procedure:b replace:b funcname:!function parameters:n returnType:TypeName options:o ' +
    'sql_body:n',
  FunctionParameter: 'name:x argType:TypeName mode:e defexpr:n',
  ReturnStmt: 'returnval:n',
  ObjectWithArgs: 'objname:!function objargs:n objfuncargs:- args_unspecified:b',
  AlterFunctionStmt: 'objtype:e func:ObjectWithArgs actions:o',
  DoStmt: 'args:o',
  CallStmt: 'funccall:FuncCall',
  CreateTrigStmt:
    'replace:b isconstraint:b trigname:x relation:RangeVar funcname:!function args:!texts row:b ' +
    'timing:i events:i columns:c whenClause:n transitionRels:n deferrable:b initdeferred:b ' +
    'constrrel:RangeVar',
  TriggerTransition: 'name:t isNew:b isTable:b',
  CreatePolicyStmt:
    'policy_name:x table:RangeVar cmd_name:w(all|select|insert|update|delete) permissive:b ' +
    'roles:n ' +
    'qual:n with_check:n',
  RoleSpec: 'roletype:e rolename:x',
  CreateRoleStmt: 'stmt_type:e role:x options:o',
  AlterRoleStmt: 'role:RoleSpec options:o action:i',
  AlterRoleSetStmt: 'role:RoleSpec database:s setstmt:VariableSetStmt',
  DropRoleStmt: 'roles:n missing_ok:b',
  GrantStmt:
    'is_grant:b targtype:e objtype:e objects:nx privileges:n grantees:n grant_option:b ' +
    'grantor:RoleSpec behavior:e',
  AccessPriv: 'priv_name:!privilege cols:c',
  GrantRoleStmt:
    'granted_roles:!roles grantee_roles:n is_grant:b opt:o grantor:RoleSpec behavior:e',
  CreateExtensionStmt: 'extname:x if_not_exists:b options:o',

  // These are about sessions and maintenance.
  TransactionStmt: "kind:e options:o savepoint_name:x gid:'' chain:b",
  VariableSetStmt: 'kind:e name:!setting args:!values is_local:b jumble_args:-',
  VariableShowStmt: 'name:!setting',
  AlterSystemStmt: 'setstmt:VariableSetStmt',
  ExplainStmt: 'query:n options:o',
  CopyStmt:
    "relation:RangeVar query:n attlist:c is_from:b is_program:b filename:'' options:o " +
    'whereClause:n',
  VacuumStmt: 'options:o rels:n is_vacuumcmd:b',
  VacuumRelation: 'relation:RangeVar va_cols:c',
  ReindexStmt: 'kind:e relation:RangeVar name:x params:o',
  LockStmt: 'relations:n mode:i nowait:b',
  PrepareStmt: 'name:x argtypes:n query:n',
  ExecuteStmt: 'name:x params:n',
  DeallocateStmt: 'name:x isall:b',
  DeclareCursorStmt: 'portalname:x options:i query:n',
  FetchStmt: 'direction:e howMany:!rows portalname:x ismove:b direction_keyword:e',
  ClosePortalStmt: 'portalname:x',
  NotifyStmt: 'conditionname:x payload:-',
  ListenStmt: 'conditionname:x',
  UnlistenStmt: 'conditionname:x',
  DiscardStmt: 'target:e',
  CheckPointStmt: ''
}

/** Names of options that the printer knows; all others are names that somebody made up. */
export const optionNames: ReadonlySet<string> = new Set(
  (
    'analyze verbose costs settings generic_plan buffers serialize wal timing summary memory ' +
    'format ' +
    'full freeze skip_locked disable_page_skipping index_cleanup truncate parallel process_toast ' +
    'process_main skip_database_stats only_database_stats buffer_usage_limit concurrently ' +
    'tablespace ' +
    'delimiter null header quote escape force_quote force_not_null force_null encoding default ' +
    'on_error log_verbosity reject_limit convert_selectively oids binary csv ' +
    'as start increment minvalue maxvalue cache cycle owned_by restart sequence_name logged ' +
    'unlogged ' +
    'language volatility strict security leakproof window cost rows support set ' +
    'superuser createdb createrole inherit canlogin isreplication bypassrls connectionlimit ' +
    'password ' +
    'validUntil rolemembers addroleto adminmembers admin sysid unencryptedPassword ' +
    'transaction_isolation transaction_read_only transaction_deferrable schema new_version cascade'
  ).split(' ')
)

/** Words that an option's value may be; all other texts become empty. */
export const optionWords: ReadonlySet<string> = new Set([
  ...(
    'csv text binary json xml yaml on off true false auto none default sql plpgsql c internal ' +
    'immutable stable volatile safe restricted unsafe serializable'
  ).split(' '),
  'repeatable read',
  'read committed',
  'read uncommitted'
])
