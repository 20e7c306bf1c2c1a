const ID_NAME =
  /(^|[\s_.-])(id|uuid|guid|key|index|rowid|row|number|nummer|nr|no|№)$|^(id|uuid|guid|index|unnamed)([\s_.:-]|$)/iu;
const ID_ENDING = /[a-z](Id|ID|Uuid|UUID)$/u;

/** Whether a column's name says that it holds identifiers. */
export function isIdName(name: string): boolean {
  return ID_NAME.test(name) || ID_ENDING.test(name);
}

/**
 * Whether a table's first column has no name in its header, while the others have: there pandas (`to_csv`) and R (`write.csv`)
 * write the row names. `names`: as tables without a header call them, `column0` on.
 */
export function beginsUnnamed(names: readonly string[]): boolean {
  const [first = '', second] = names;
  return second !== undefined && second !== 'column1' && /^(column0|unnamed: ?0)$/iu.test(first);
}
