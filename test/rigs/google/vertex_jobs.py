"""Google's own client of Vertex AI runs jobs on the stand-in: `python vertex_jobs.py ADDRESS BUCKET`, in an empty folder.

Endpoint.raw_predict is not used: it asks the real host, whatever address is set.
"""

import json
import sys
import time
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform, storage

IMAGE = "us-docker.pkg.dev/vertex-ai/training/sklearn-cpu.1-6:latest"
TRAINER = """
import os, pathlib, sys, time
import joblib
from google.cloud import storage
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

if "--raise" in sys.argv:
    raise ValueError("no such column: flipper")
if "--wait" in sys.argv:
    time.sleep(600)
X, y = load_iris(return_X_y=True)
model = LogisticRegression(max_iter=500).fit(X, y)
print(f"accuracy={model.score(X, y):.3f}")
joblib.dump(model, "model.joblib")
bucket, key = os.environ["AIP_MODEL_DIR"].removeprefix("gs://").split("/", 1)
storage.Client(project="test").bucket(bucket).blob(key + "model.joblib").upload_from_filename("model.joblib")
mounted = pathlib.Path(sys.argv[1].removeprefix("--to="))
mounted.mkdir(parents=True)
(mounted / "seen.txt").write_text(str(sorted(one.name for one in mounted.parent.iterdir())))
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
    Path("trainer.py").write_text(TRAINER, encoding="utf-8")

    def job(name: str, *args: str) -> aiplatform.CustomJob:
        return aiplatform.CustomJob.from_local_script(
            display_name=name,
            script_path="trainer.py",
            container_uri=IMAGE,
            args=list(args),
            machine_type="n1-standard-4",
            base_output_dir=f"gs://{bucket}/out/{name}",
            labels={"made-by": "the-client"},
        )

    good = job("good", f"--to=/gcs/{bucket}/mounted")
    good.run(sync=True)
    said = {"good": good.state.name}
    try:
        job("bad", "--raise").run(sync=True)
    except RuntimeError as error:
        said["bad"] = str(error)
    long = job("long", "--wait")
    long.submit()
    while (
        aiplatform.CustomJob.get(long.resource_name).state.name != "JOB_STATE_RUNNING"
    ):
        time.sleep(0.1)
    long.cancel()
    while (
        aiplatform.CustomJob.get(long.resource_name).state.name != "JOB_STATE_CANCELLED"
    ):
        time.sleep(0.1)
    said["long"] = "cancelled"
    listed = aiplatform.CustomJob.list(filter='display_name="good"')
    objects = storage.Client(project="test", credentials=login).list_blobs(
        bucket, prefix="out/"
    )
    text = (
        storage.Client(project="test", credentials=login)
        .bucket(bucket)
        .blob("mounted/seen.txt")
        .download_as_text()
    )
    said.update(
        listed=[one.display_name for one in listed],
        objects=[one.name for one in objects],
        mounted=text,
    )
    print(json.dumps(said))


main(*sys.argv[1:])
