import { systemCode, UserError } from '../core/errors';

/** What a refusal to write a file says to the person; undefined when the failure is another. */
export function writeRefused(error: unknown, output: string): UserError | undefined {
  const code = systemCode(error);
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') return undefined;
  return new UserError('permission', `"${output}" cannot be written.`, {
    fix: 'Choose another place, or close the program that has it open.',
    cause: error,
  });
}
