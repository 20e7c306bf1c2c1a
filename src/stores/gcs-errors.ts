import { UserError } from '../core/errors';
import { fileError } from '../core/files';
import { damaged } from './download';
import { explainGoogle, firstSentence, googleFailure } from './google-errors';
import type { GoogleChoice } from './google-login';

/** What was tried, for the message of its failure. */
export interface GcsAttempt {
  readonly choice: GoogleChoice;
  readonly bucket: string;
  readonly key?: string;
  /** For example "read gs://b/k". */
  readonly doing: string;
}

/** A failure of Cloud Storage as a UserError; what is none (a defect, an abort) is given back as it is. */
export function explainGcs(error: unknown, attempt: GcsAttempt): unknown {
  const shared = explainGoogle(error, attempt.choice, attempt.doing);
  if (shared instanceof UserError) return shared;
  return explainOwn(error, attempt) ?? fileError(error, attempt.doing);
}

function explainOwn(error: unknown, { bucket, key = '', doing }: GcsAttempt): UserError | undefined {
  const failure = googleFailure(error);
  if (!failure) return undefined;
  const { status, reason, message } = failure;
  const failed = (kind: UserError['kind'], why: string, fix: string): UserError =>
    new UserError(kind, `Could not ${doing}: ${why}.`, { fix, cause: error });
  if (status === 400 && /crc32c|md5|hash/i.test(message)) return damaged(doing, error);
  if (
    /required in the project|project.*(not found|does not exist|is invalid|deleted)|Invalid project|Unknown project/i.test(
      message,
    )
  ) {
    return failed(
      'notFound',
      `the project cannot be used (${firstSentence(message)})`,
      'Choose another project ("Connect Google…").',
    );
  }
  if (status === 404) {
    return /bucket/i.test(message)
      ? failed(
          'notFound',
          `there is no bucket "${bucket}"`,
          'Check its name; names of buckets are in small letters.',
        )
      : failed(
          'notFound',
          'there is no such object',
          'Check the key; it was deleted, or was never there. Letter case counts.',
        );
  }
  if (
    status === 403 &&
    /organization|VPC Service Controls|SECURITY_POLICY|vpcServiceControls/i.test(`${reason} ${message}`)
  ) {
    return failed(
      'permission',
      `a rule of the organization forbids it (${firstSentence(message)})`,
      'Ask who administers the organization; from another network it may work.',
    );
  }
  if (status === 403 && /retention|hold/i.test(`${reason} ${message}`)) {
    return failed(
      'permission',
      'the object may not be changed or deleted yet (a hold, or the bucket’s retention policy)',
      'Ask whoever owns the bucket.',
    );
  }
  if (status === 403) {
    return failed(
      'permission',
      `you may not do that there (${firstSentence(message)})`,
      `Ask whoever owns the bucket "${bucket}" for it (roles/storage.objectViewer to read, roles/storage.objectUser to write and delete too), or choose another login.`,
    );
  }
  if (status === 412 || status === 409) {
    return failed(
      'conflict',
      `gs://${bucket}/${key} is there already, or was changed meanwhile`,
      'Look at what is there now, then try again.',
    );
  }
  if (status === 400 && /bucket name/i.test(message)) {
    return failed(
      'invalid',
      `"${bucket}" cannot be the name of a bucket`,
      'Names of buckets have 3 to 63 small letters, digits, dots, hyphens and underscores.',
    );
  }
  if (status < 400) return undefined;
  return failed(
    'invalid',
    `${firstSentence(message)} (${reason || 'HTTP'} ${status})`,
    'Check what the message of Google says.',
  );
}
