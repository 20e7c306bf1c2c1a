"""Google's own client of Vertex AI deploys on the stand-in: `python vertex_endpoints.py ADDRESS BUCKET`.

Endpoint.raw_predict is not used: it asks the real host, whatever address is set.
"""

import json
import sys
from collections import Counter

from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform, storage

IMAGE = "us-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-6:latest"
# A server that says which model it is, as any container of a user may: it fetches its model and obeys the AIP_* variables.
SERVER = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from google.cloud import storage

bucket, key = os.environ["AIP_STORAGE_URI"].removeprefix("gs://").split("/", 1)
factor = float(storage.Client(project="test").bucket(bucket).blob(key + "/factor.txt").download_as_text())
print("factor", factor, sys.argv[1], flush=True)

class Handler(BaseHTTPRequestHandler):
    def answer(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        assert self.path == os.environ["AIP_HEALTH_ROUTE"]
        self.answer({})

    def do_POST(self):
        assert self.path == os.environ["AIP_PREDICT_ROUTE"]
        data = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.answer({"predictions": [[factor * x for x in row] for row in data["instances"]]})

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("0.0.0.0", int(os.environ["AIP_HTTP_PORT"])), Handler).serve_forever()
"""


def main(address: str, bucket: str) -> None:
    """Prints one JSON document of what the client saw."""
    login = AnonymousCredentials()
    aiplatform.init(
        project="test",
        location="europe-west1",
        api_endpoint=address,
        credentials=login,
        staging_bucket=f"gs://{bucket}",
    )
    objects = storage.Client(project="test", credentials=login).bucket(bucket)
    said: dict[str, object] = {}

    def upload(
        factor: str, alias: str, parent: str | None, code: str = SERVER
    ) -> aiplatform.Model:
        objects.blob(f"models/{factor}/factor.txt").upload_from_string(factor)
        return aiplatform.Model.upload(
            display_name="times",
            parent_model=parent,
            is_default_version=parent is None,
            version_aliases=[alias],
            artifact_uri=f"gs://{bucket}/models/{factor}",
            serving_container_image_uri=IMAGE,
            serving_container_command=["python3", "-c", code],
            serving_container_args=["an argument"],
            serving_container_predict_route="/answer",
            serving_container_health_route="/well",
            serving_container_ports=[8080],
            labels={"made-by": "the-client"},
        )

    one = upload("2", "two", None)
    two = upload("3", "three", one.resource_name)
    said["versions"] = [one.version_id, two.version_id, list(two.version_aliases)]
    endpoint = aiplatform.Endpoint.create(display_name="times", endpoint_id="times")
    one.deploy(
        endpoint, machine_type="n1-standard-2", min_replica_count=1, max_replica_count=2
    )
    said["predictions"] = endpoint.predict(instances=[[1.0, 2.5]]).predictions
    two.deploy(endpoint, machine_type="n1-standard-2", traffic_percentage=30)
    answers = Counter(
        endpoint.predict(instances=[[1.0]]).predictions[0][0] for _ in range(20)
    )
    said["split"] = {str(key): answers[key] for key in sorted(answers)}
    deployed = {
        item.model_version_id: item.id for item in endpoint.gca_resource.deployed_models
    }
    said["deployed"] = sorted(deployed)
    try:
        endpoint.delete()
    except GoogleAPICallError as error:
        said["delete"] = type(error).__name__
    endpoint.update(traffic_split={deployed["1"]: 0, deployed["2"]: 100})
    endpoint.undeploy(deployed["1"])
    said["after"] = endpoint.predict(instances=[[1.0]]).predictions
    broken = upload("4", "broken", one.resource_name, "raise SystemExit('no model')")
    try:
        broken.deploy(endpoint, machine_type="n1-standard-2")
    except GoogleAPICallError as error:
        said["broken"] = f"{type(error).__name__}: {error.message}"
    endpoint.undeploy_all()
    endpoint.delete()
    one.delete()
    said["left"] = [
        len(aiplatform.Endpoint.list()),
        len(aiplatform.Model.list()),
    ]
    print(json.dumps(said))


main(*sys.argv[1:])
