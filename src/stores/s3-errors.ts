import { UserError } from '../core/errors';
import { fileError } from '../core/files';
import type { AwsChoice } from './aws-credentials';
import { awsFailure, explainAws } from './aws-errors';
import { damaged } from './download';

/** What was tried, for the message of its failure. */
export interface S3Attempt {
  readonly choice: AwsChoice;
  readonly bucket: string;
  readonly key?: string;
  /** For example "read s3://b/k". */
  readonly doing: string;
}

/** A failure of S3 as a UserError; what is none (a defect, an abort) is given back as it is. */
export async function explainS3(error: unknown, attempt: S3Attempt): Promise<unknown> {
  const shared = await explainAws(error, attempt.choice, attempt.doing);
  if (shared instanceof UserError) return shared;
  return explainOwn(error, attempt) ?? fileError(error, attempt.doing);
}

/** What the code of S3 means: [kind, why, what to do]. */
type Meaning = readonly [UserError['kind'], string, string];

function meaning(code: string, { bucket, key = '' }: S3Attempt): Meaning | undefined {
  switch (code) {
    case 'NoSuchBucket':
      return [
        'notFound',
        `there is no bucket "${bucket}"`,
        'Check its name; names of buckets are in small letters.',
      ];
    case 'NoSuchKey':
    case 'NotFound':
    case 'NoSuchVersion':
      return [
        'notFound',
        'there is no such object',
        'Check the key; it was deleted, or was never there. Letter case counts.',
      ];
    case 'AccessDenied':
    case 'Forbidden':
    case 'AllAccessDisabled':
    case 'AccountProblem':
      return [
        'permission',
        'you may not do that there',
        `Ask whoever owns the bucket "${bucket}" for it (s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject as needed), or choose another profile. S3 says this of a key that is not there, too, where you may not list.`,
      ];
    case 'PreconditionFailed':
    case 'ConditionalRequestConflict':
      return [
        'conflict',
        `s3://${bucket}/${key} is there already, or was changed meanwhile`,
        'Look at what is there now, then try again.',
      ];
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
      return [
        'invalid',
        `the bucket "${bucket}" is in another region`,
        'Set "region" of stores.s3 in ml.yaml to the region of the bucket.',
      ];
    case 'InvalidObjectState':
      return [
        'unavailable',
        'the object is archived (Glacier)',
        'Restore it first: "aws s3api restore-object", or in the console; that takes minutes to hours.',
      ];
    case 'KeyTooLongError':
    case 'KeyTooLong':
      return ['invalid', 'the key is longer than 1,024 bytes', 'Choose a shorter name.'];
    case 'InvalidBucketName':
      return [
        'invalid',
        `"${bucket}" cannot be the name of a bucket`,
        'Names of buckets have 3 to 63 small letters, digits, dots and hyphens.',
      ];
    case 'EntityTooLarge':
      return ['invalid', 'the object would be larger than S3 allows (50 TB)', 'Divide the file.'];
    case 'QuotaExceeded':
    case 'XMinioStorageFull':
      return ['quota', 'the store is full', 'Delete what is not needed there, or ask for more room.'];
    case 'BadDigest':
    case 'InvalidDigest':
    case 'XAmzContentSHA256Mismatch':
    case 'XAmzContentChecksumMismatch':
      return ['unavailable', 'the content was damaged on its way (its checksum is another)', 'Try again.'];
    case 'NoSuchUpload':
      return ['conflict', 'the upload was ended by someone else meanwhile', 'Try again.'];
    case 'KMS.DisabledException':
    case 'KMS.NotFoundException':
    case 'KMS.KMSInvalidStateException':
      return ['permission', 'the key that encrypts it cannot be used (KMS)', 'Ask whoever owns the bucket.'];
    default:
      return undefined;
  }
}

function explainOwn(error: unknown, attempt: S3Attempt): UserError | undefined {
  const failure = awsFailure(error);
  if (error instanceof Error && /^Checksum mismatch/i.test(error.message)) {
    return damaged(attempt.doing, error);
  }
  if (!failure) return undefined;
  // An answer to HEAD has no body, so its status is all that is known.
  const byStatus: Readonly<Record<number, string>> = {
    301: 'PermanentRedirect',
    403: 'AccessDenied',
    404: 'NotFound',
    412: 'PreconditionFailed',
  };
  const found = meaning(failure.code, attempt) ?? meaning(byStatus[failure.status] ?? '', attempt);
  if (!found) {
    if (failure.status < 400) return undefined;
    return new UserError(
      'invalid',
      `Could not ${attempt.doing}: ${failure.message} (${failure.code}, HTTP ${failure.status}).`,
      {
        fix: 'Check what the message of S3 says.',
        cause: error,
      },
    );
  }
  const [kind, why, fix] = found;
  // For a refusal S3 often names who lacks what.
  const said =
    kind === 'permission' && /not authorized|because/i.test(failure.message) ? ` (${failure.message})` : '';
  return new UserError(kind, `Could not ${attempt.doing}: ${why}${said}.`, { fix, cause: error });
}
