import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/core/explain/explain';
import { knownFailure, specificFailure } from '../../../src/core/explain/known';
import { tail } from '../../../src/core/explain/tail';

const UNKNOWN = { class: 'unknown', cause: null, fix: null, matched: null };

describe('a cause and a fix name what the text names', () => {
  test('a quota of SageMaker', () => {
    const text =
      "An error occurred (ResourceLimitExceeded) when calling the CreateTrainingJob operation: The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.";
    expect(explain(text, 'sagemaker')).toEqual({
      class: 'quota',
      cause:
        "The quota 'ml.p3.2xlarge for training job usage' of this account and region is 0, of which 0 are used: the request needs more.",
      fix: "Ask for more of 'ml.p3.2xlarge for training job usage' in the Service Quotas console (AWS services → Amazon SageMaker), or choose an instance type that the account already has.",
      matched:
        "account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current utilization of 0",
    });
  });

  test('a permission of Google Cloud, out of the body of an answer', () => {
    const said =
      "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/p/locations/us-central1/endpoints/1' (or it may not exist).";
    const body = JSON.stringify({ error: { code: 403, message: said, status: 'PERMISSION_DENIED' } });
    const found = explain(body);
    expect(found.class).toBe('permission');
    expect(found.cause).toBe(
      'The account that calls lacks the permission aiplatform.endpoints.predict on //aiplatform.googleapis.com/projects/p/locations/us-central1/endpoints/1.',
    );
    expect(found.fix).toContain('a role that holds aiplatform.endpoints.predict');
  });

  test('a package that is not installed', () => {
    const text =
      'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    import tensorflow as tf\nModuleNotFoundError: No module named \'tensorflow\'';
    const found = explain(text, 'local-python');
    expect(found.class).toBe('package-missing');
    expect(found.cause).toBe('The package tensorflow is not installed in the Python that runs this.');
    expect(found.fix).toMatch(/^Run 'pip install tensorflow'/);
  });

  test.each([
    ["ValueError: could not convert string to float: '1.234,56'", "A column holds text ('1.234,56') where"],
    [
      'Bind for 0.0.0.0:5000 failed: port is already allocated',
      'Port 5000 is already used by another program',
    ],
    [
      "403 Permission 'storage.buckets.get' denied on resource (or it may not exist).",
      'lacks the permission storage.buckets.get on this resource',
    ],
  ])('the noun is whole, and is the right one: %s', (text, words) => {
    expect(explain(text).cause).toContain(words);
  });

  test('a text without a noun is quoted after the cause', () => {
    expect(explain("Repository 'churn' not found").cause).toBe(
      "There is no such thing as is asked for, seen from where this ran: Repository 'churn' not found.",
    );
  });
});

describe('envelopes are taken off', () => {
  const NOT_FOUND = 'There is no bucket rows-2026.';
  test.each([
    [
      'XML',
      '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>rows-2026</BucketName></Error>',
    ],
    [
      'JSON',
      '{"Code":"NoSuchBucket","Message":"The specified bucket does not exist","BucketName":"rows-2026"}',
    ],
    [
      'JSON in JSON',
      JSON.stringify({
        body: JSON.stringify({ Code: 'NoSuchBucket', Message: 'no bucket', BucketName: 'rows-2026' }),
      }),
    ],
    [
      'an error of the SDK for JavaScript',
      "NoSuchBucket: The specified bucket does not exist\n    at throwDefaultError (index.js:388:20) {\n  '$fault': 'client',\n  '$metadata': { httpStatusCode: 404 },\n  Code: 'NoSuchBucket',\n  BucketName: 'rows-2026'\n}",
    ],
    [
      'a log of a container with colours',
      '2026-11-23T11:11:10.123Z stderr F \u001b[31mERROR\u001b[0m NoSuchBucket: gone (BucketName: rows-2026)',
    ],
  ])('%s', (_, text) => {
    const found = explain(text, 's3');
    expect([found.class, found.cause]).toEqual(['not-found', NOT_FOUND]);
  });

  test('the status of gRPC', () => {
    const text =
      'status = StatusCode.UNAVAILABLE\n\tdetails = "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:9: Connection refused"';
    expect(explain(text).class).toBe('network');
  });
});

describe('what decides where several things are said', () => {
  test.each([
    ["Repository 'x' not found", 'not-found'],
    ["column 'x' not found", 'script-bug-data'],
    ["file 'x.csv' not found", 'data-missing'],
    ["ModuleNotFoundError: No module named 'x'", 'package-missing'],
    ['bash: conda: command not found', 'python-environment'],
    ['manifest for x:1 not found: manifest unknown', 'image'],
    ['the config profile (x) could not be found', 'auth-missing'],
  ])('the noun beside "not found": %s', (text, wanted) => {
    expect(explain(text).class).toBe(wanted);
  });

  test('a code beats the HTTP status beside it', () => {
    expect(explain('An error occurred (403) when calling the HeadObject operation: Forbidden').class).toBe(
      'permission',
    );
    expect(explain('HTTP 403: {"code":"NoSuchKey"}', 's3').class).toBe('data-missing');
    expect(explain('400 Bad Request: An error occurred (ExpiredToken): token', 's3').class).toBe(
      'auth-expired',
    );
  });

  test("pip's last line lies: what kept it from looking stands above", () => {
    const last = 'ERROR: No matching distribution found for scikit-lego';
    expect(explain(last).class).toBe('package-missing');
    const why = (what: string): string =>
      `WARNING: Retrying (Retry(total=0)) after connection broken by '${what}': /simple/scikit-lego/\n${last}`;
    expect(explain(why('SSLError(SSLCertVerificationError(1, "certificate verify failed"))')).class).toBe(
      'proxy-or-tls',
    );
    expect(explain(why('ProxyError("Cannot connect to proxy.")')).class).toBe('proxy-or-tls');
    expect(explain(why('NewConnectionError("Network is unreachable")')).class).toBe('network');
  });

  test('exit code 137 is memory, unless the job was cancelled', () => {
    expect(explain('Container exited with code 137').class).toBe('out-of-memory');
    expect(explain('The job was cancelled by the user. Container exited with code 137').class).not.toBe(
      'out-of-memory',
    );
  });

  test('the last exception of a chain is not always the cause', () => {
    const inner = "KeyError: 'purchased'";
    const outer = 'RuntimeError: the training failed';
    const chain = (a: string, b: string): string =>
      `Traceback (most recent call last):\n  File "a.py", line 1, in f\n${a}\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File "b.py", line 2, in g\n${b}`;
    expect(explain(chain(inner, outer))).toMatchObject({ class: 'script-bug-data', matched: inner });
    const telling = 'botocore.exceptions.NoCredentialsError: Unable to locate credentials';
    expect(explain(chain(inner, telling)).class).toBe('auth-missing');
  });

  test('an earlier failure that was overcome is not the cause', () => {
    const log =
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\nConnectionResetError: [Errno 104] Connection reset by peer\nretrying\nTraceback (most recent call last):\n  File "a.py", line 9, in h\nMemoryError: Unable to allocate 74.5 GiB for an array';
    expect(explain(log).class).toBe('out-of-memory');
  });

  test('the place decides in doubt, and a word that is no place does nothing', () => {
    const text = 'PERMISSION_DENIED: no';
    expect(explain(text, 'databricks').fix).toContain('GRANT');
    expect(explain(text, 'google').fix).toContain('IAM & Admin');
    expect(explain('ResourceNotFound: x', 'azureml').cause).toMatch(/^Azure knows no resource/);
    expect(explain('ResourceNotFound: x', 'sagemaker').cause).toMatch(/^AWS knows no resource/);
    expect(explain(text, 'the moon')).toEqual(explain(text));
  });
});

describe('no cause is guessed', () => {
  test.each([
    '',
    '   \n ',
    'not found',
    'Error',
    'Error: it broke',
    'KeyboardInterrupt',
    '\u0000\ud800',
    '{}',
  ])('%j', (text) => {
    expect(explain(text)).toEqual(UNKNOWN);
  });

  test('a log that ends well, whatever it said on the way', () => {
    const log =
      'WARNING: Retrying after connection broken by ReadTimeoutError: /simple/pandas/\nInstalling collected packages: pandas\nSuccessfully installed pandas-2.2.0';
    expect(explain(log)).toEqual(UNKNOWN);
  });

  test('what documentation says of failures', () => {
    const prose =
      'If the endpoint answers with 429, the service limits how many requests it takes. To avoid an out of memory error choose a larger instance. Make sure that the role may be assumed, or an AccessDenied error is raised by the service when the job starts and cannot read its bucket of data.';
    expect(explain(prose)).toEqual(UNKNOWN);
  });
});

test('of a long text the end is searched, and its beginning', () => {
  const noise = 'step 1 of many, loss 0.5\n'.repeat(20_000);
  const failure = "ModuleNotFoundError: No module named 'xgboost'";
  expect(explain(`${noise}${failure}`)).toMatchObject({ class: 'package-missing' });
  expect(explain(`${failure}\n${noise}`)).toMatchObject({ class: 'package-missing' });
});

test('patterns end on what is made to keep them busy', () => {
  for (const piece of [
    'a'.repeat(50_000),
    ' '.repeat(50_000),
    '('.repeat(50_000),
    'not found '.repeat(5000),
    '"code":"'.repeat(6000),
  ]) {
    expect(typeof explain(`Error: ${piece}`).class).toBe('string');
  }
});

describe('a failure as a provider hands it on', () => {
  test('is in the shape of every other failure', () => {
    expect(
      knownFailure('botocore.exceptions.NoCredentialsError: Unable to locate credentials', 'sagemaker'),
    ).toMatchObject({
      kind: 'auth',
      class: 'auth-missing',
      message: expect.stringMatching(/\.$/) as string,
      fix: expect.stringMatching(/\.$/) as string,
    });
    expect(knownFailure('Error: it broke')).toBeUndefined();
  });

  test('that some script raised something is known already', () => {
    const text = 'NameError: name "x" is not defined';
    expect(knownFailure(text)?.class).toBe('script-error');
    expect(specificFailure(text)).toBeUndefined();
    expect(specificFailure('MemoryError')?.class).toBe('out-of-memory');
  });
});

test('what is shown of an unknown text: its last lines, without colours and empty ones', () => {
  expect(tail('a\n\n\u001b[31mb\u001b[0m  \r\nc\n', 2)).toEqual(['b', 'c']);
  expect(tail('')).toEqual([]);
});
