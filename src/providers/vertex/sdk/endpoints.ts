// Each by its own path: the package's index would bring every service's description.
export { EndpointServiceClient } from '@google-cloud/aiplatform/build/src/v1/endpoint_service_client.js';
export { ModelServiceClient } from '@google-cloud/aiplatform/build/src/v1/model_service_client.js';
export { PredictionServiceClient } from '@google-cloud/aiplatform/build/src/v1/prediction_service_client.js';
