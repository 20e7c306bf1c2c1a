const ID_NAME =
  /(^|[\s_.-])(id|uuid|guid|key|index|rowid|row|number|nummer|nr|no|№)$|^(id|uuid|guid|index|unnamed)([\s_.:-]|$)/iu;
const ID_ENDING = /[a-z](Id|ID|Uuid|UUID)$/u;

/** Whether a column's name says that it holds identifiers. */
export function isIdName(name: string): boolean {
  return ID_NAME.test(name) || ID_ENDING.test(name);
}
