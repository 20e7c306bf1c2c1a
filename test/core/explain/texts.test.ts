import { describe, expect, test } from 'vitest';
import { FAILURE_CLASSES } from '../../../src/core/explain/classes';
import { explain } from '../../../src/core/explain/explain';
import { type Text, texts } from './texts';

/** The texts that get another class than theirs: what was wanted, what came, and what the text says. */
function missed(all: readonly Text[]): readonly string[] {
  return all.flatMap((one) => {
    const got = explain(one.text, one.where).class;
    const said = one.text.replaceAll(/\s+/g, ' ').slice(0, 70);
    return got === one.class ? [] : [`${one.class ?? ''} → ${got}: ${said}`];
  });
}

const NAMES = ['given', 'made', 'worded', 'read', 'faq'] as const;

/** What is known not to be told rightly; a text that leaves or joins the list is news. */
const MISSED: Readonly<Record<(typeof NAMES)[number], readonly string[]>> = {
  given: [],
  made: [
    "not-found → data-missing: ERROR: output 'nothing.csv' does not exist: [Errno 2] No such file or ",
    'data-format → script-bug-data: Traceback (most recent call last): File "pandas/_libs/parsers.pyx", li',
  ],
  worded: ['region-mismatch → quota: The requested VM size Standard_NC6 is not available in the current reg'],
  read: [
    'version-mismatch → script-error: UnexpectedStatusException: Error for Training job yolov5-t: Failed. Re',
    "permission → role-or-service-account: google.api_core.exceptions.PermissionDenied: 403 Permission 'iam.servi",
    'invalid-argument → data-format: google.api_core.exceptions.InvalidArgument: 400 Unable to parse `train',
    'auth-missing → permission: azure.core.exceptions.HttpResponseError: (forbidden) Memory search fai',
    'image → version-mismatch: Failure during creating model. (POST https://us-south.ml.cloud.ibm.com',
    'data-format → script-bug-data: duckdb.duckdb.BinderException: Binder Error: table sq__resource_alloca',
    'invalid-argument → script-bug-data: Error: Binder Error: TABLE FUNCTION parameter cannot contain column na',
    "script-error → script-bug-data: TypeError: unsupported operand type(s) for +: 'int' and 'str'",
    'quota → rate-limit: psycopg2.errors.TooManyConnections: sorry, too many clients already',
    "script-bug-data → data-format: pandera.errors.SchemaError: Column 'amount' failed element-wise valida",
    "data-format → invalid-argument: jsonschema.exceptions.ValidationError: 'amount' is a required property",
    "timeout → health-check: Error: timeout while waiting for state to become 'available' Error: ti",
    'version-mismatch → script-error: sklearn.exceptions.NotFittedError: idf vector is not fitted',
  ],
  faq: [
    'image → invalid-argument: Error: creating Lambda Function (...): InvalidParameterValueException:',
    'package-missing → script-error: ImportError: no pq wrapper available.',
    'python-environment → unknown: Warning: Python 3.11 was not found on your system… Neither ‘pipenv’ no',
    "python-environment → unknown: Fix warning: Python 3.12 was not found on your system… Neither ''pyenv",
    "script-error → version-mismatch: AttributeError: module ''mlflow'' has no attribute ''set_tracking_url",
    'script-bug-data → script-error: Pipeline run xx for global data product training_set: failed Attribute',
  ],
};

describe('failure texts get their class', () => {
  test.each([
    ['given', 81],
    ['made', 322],
    ['worded', 343],
    ['read', 307],
    ['faq', 234],
  ] as const)('%s', (name, count) => {
    const all = texts(name);
    expect(all).toHaveLength(count);
    expect(
      all.filter((one) => ![...FAILURE_CLASSES, 'unknown'].some((known) => known === one.class)),
    ).toEqual([]);
    expect(missed(all)).toEqual(MISSED[name]);
    // Without the hint where it comes from, a text has to speak for itself.
    const bare = all.filter((one) => one.where !== undefined).map((one) => ({ ...one, where: undefined }));
    expect(MISSED[name]).toEqual(expect.arrayContaining([...missed(bare)]));
  });

  test('every class is known by several texts', () => {
    const all = NAMES.flatMap(texts);
    const rare = FAILURE_CLASSES.filter((one) => all.filter((text) => text.class === one).length < 5);
    expect(rare).toEqual([]);
  });
});

test('harmless and unknown texts are given no cause', () => {
  const all = texts('harmless');
  expect(all).toHaveLength(113);
  const explained = all.flatMap(({ text, where }) => {
    const found = explain(text, where);
    return found.class === 'unknown' ? [] : [`${found.class}: ${text.slice(0, 80)}`];
  });
  expect(explained).toEqual([]);
});
