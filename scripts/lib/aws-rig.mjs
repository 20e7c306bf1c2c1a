// The Python environments of the stand-in for AWS, in the cache.
import { aptInstall, onPath } from './cache.mjs';
import { findPythonVersion, pythonEnvironment } from './python.mjs';

const folder = 'test/rigs/aws';

/** moto, the front, and AWS's tables of images. */
export function frontPython() {
  return pythonEnvironment('aws-front', [`${folder}/front/requirements.txt`], { complete: true });
}

/** What AWS's scikit-learn image holds; Python 3.12 as there, or 3.11 with NumPy and SciPy one minor version older. */
export function imagePython() {
  // sagemaker-training comes as source, with one small file of C.
  if (!onPath('gcc') && !onPath('cc')) aptInstall('gcc', 'libc6-dev');
  const python = findPythonVersion(['3.12', '3.11']);
  if (!python) throw new Error('Python 3.12 or 3.11 is needed for the stand-in of AWS: install one of them.');
  return pythonEnvironment('aws-image', [`${folder}/image/requirements.txt`], {
    python,
    complete: true,
  });
}

/** AWS's own Python SDK, which drives the stand-in in a test. */
export function sdkPython() {
  const python = findPythonVersion(['3.12', '3.11']);
  return pythonEnvironment('aws-sdk', [`${folder}/sdk.txt`], {
    complete: true,
    ...(python ? { python } : {}),
  });
}
