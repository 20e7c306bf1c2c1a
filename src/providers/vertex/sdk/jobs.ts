// By its own path: the package's index would bring every service's description, 12 MB of it twice.
export { JobServiceClient } from '@google-cloud/aiplatform/build/src/v1/job_service_client.js';
