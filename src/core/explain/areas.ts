import { AWS_ACCOUNT } from './aws-account';
import { AWS_JOBS } from './aws-jobs';
import { AWS_STORAGE } from './aws-storage';
import { AZURE_ACCOUNT } from './azure-account';
import { AZURE_SERVICES } from './azure-services';
import { DATABASES } from './databases';
import { DATABRICKS } from './databricks';
import { EXCEPTIONS } from './exceptions';
import { GOOGLE_ACCOUNT } from './google-account';
import { GOOGLE_SERVICES } from './google-services';
import { IBM } from './ibm';
import { MACHINE } from './machine';
import { HTTP, NETWORK } from './network';
import { PACKAGES } from './packages';
import { PYTHON } from './python';
import { SERVING } from './serving';
import { TABLES } from './tables';
import { TOOLS } from './tools';
import type { Area } from './signal';
import { WORDS_ACCESS } from './words-access';
import { WORDS_FAILURE } from './words-failure';

/** Asked in this order where the place does not say otherwise. */
export const AREAS: readonly Area[] = [
  MACHINE,
  PACKAGES,
  AWS_ACCOUNT,
  AWS_STORAGE,
  AWS_JOBS,
  GOOGLE_ACCOUNT,
  GOOGLE_SERVICES,
  AZURE_ACCOUNT,
  AZURE_SERVICES,
  DATABRICKS,
  IBM,
  TOOLS,
  DATABASES,
  TABLES,
  PYTHON,
  SERVING,
  NETWORK,
  WORDS_ACCESS,
  WORDS_FAILURE,
  EXCEPTIONS,
  HTTP,
];
