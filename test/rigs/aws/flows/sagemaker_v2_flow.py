"""The whole flow by AWS's `sagemaker` SDK of version 2. Writes what it saw to saw.json. usage: sagemaker_v2_flow.py FOLDER

FOLDER holds table.csv. The script is one of AWS's usual kind: it trains as a program and serves as a module.
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from sagemaker.deserializers import JSONDeserializer
from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.serializers import JSONSerializer
from sagemaker.session import Session
from sagemaker.sklearn import SKLearn
from sagemaker.sklearn.model import SKLearnPredictor

BUCKET = "sdk-bucket"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"

SCRIPT = """
import argparse, os
import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression

def model_fn(folder):
    return joblib.load(os.path.join(folder, "model.joblib"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float)
    options = parser.parse_args()
    table = np.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "table.csv"), delimiter=",", skiprows=1)
    model = LogisticRegression(C=options.strength).fit(table[:, :1], table[:, 1])
    print(f"accuracy={model.score(table[:, :1], table[:, 1])};")
    joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
"""

PREPARE = """
import pathlib, sys
rows = pathlib.Path(sys.argv[1], "table.csv").read_text().splitlines()
pathlib.Path(sys.argv[2], "few.csv").write_text("\\n".join(rows[: int(sys.argv[3]) + 1]) + "\\n")
"""


def main(folder: Path) -> dict[str, Any]:
    saw: dict[str, Any] = {}
    boto = boto3.Session()
    boto.client("s3").create_bucket(Bucket=BUCKET)
    session = Session(boto_session=boto, default_bucket=BUCKET)
    data = session.upload_data(str(folder / "table.csv"), key_prefix="data")
    (folder / "prepare.py").write_text(PREPARE)
    processor = ScriptProcessor(
        role=ROLE,
        image_uri=IMAGE,
        command=["python3"],
        instance_type="ml.m5.large",
        instance_count=1,
        sagemaker_session=session,
    )
    inside = "/opt/ml/processing"
    processor.run(
        code=str(folder / "prepare.py"),
        inputs=[ProcessingInput(source=data, destination=f"{inside}/in", input_name="table")],
        outputs=[
            ProcessingOutput(source=f"{inside}/out", destination=f"s3://{BUCKET}/few", output_name="few")
        ],
        arguments=[f"{inside}/in", f"{inside}/out", "2"],
        wait=False,
    )
    session.logs_for_processing_job(processor.latest_job.job_name, wait=True, poll=1)
    saw["prepared"] = session.read_s3_file(BUCKET, "few/few.csv")

    source = folder / "source"
    source.mkdir()
    (source / "both.py").write_text(SCRIPT)
    estimator = SKLearn(
        entry_point="both.py",
        source_dir=str(source),
        image_uri=IMAGE,
        role=ROLE,
        instance_type="ml.m5.large",
        instance_count=1,
        hyperparameters={"strength": 10.0},
        metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=([0-9.]+);"}],
        sagemaker_session=session,
    )
    estimator.fit({"train": data}, wait=False)
    session.logs_for_job(estimator.latest_training_job.name, wait=True, poll=1)
    job = session.describe_training_job(estimator.latest_training_job.name)
    saw["training"] = [job["TrainingJobStatus"], job["FinalMetricDataList"][0]["Value"]]

    predictor = estimator.deploy(
        initial_instance_count=1,
        instance_type="ml.m5.large",
        endpoint_name="sdk-endpoint",
        data_capture_config=DataCaptureConfig(
            enable_capture=True, sampling_percentage=100, destination_s3_uri=f"s3://{BUCKET}/captured"
        ),
        wait=False,
    )
    if not isinstance(predictor, SKLearnPredictor):
        raise TypeError(predictor)
    session.wait_for_endpoint("sdk-endpoint", poll=1)
    predictor.serializer, predictor.deserializer = JSONSerializer(), JSONDeserializer()
    saw["answer"] = predictor.predict([[1.0], [4.0]])
    config = session.describe_endpoint("sdk-endpoint")["EndpointConfigName"]
    described = session.sagemaker_client.describe_endpoint_config(EndpointConfigName=config)
    predictor.update_endpoint(
        initial_instance_count=2,
        instance_type="ml.m5.xlarge",
        model_name=described["ProductionVariants"][0]["ModelName"],
        wait=False,
    )
    session.wait_for_endpoint("sdk-endpoint", poll=1)
    variant = session.describe_endpoint("sdk-endpoint")["ProductionVariants"][0]
    saw["updated"] = [variant["CurrentInstanceCount"], predictor.predict([[1.0], [4.0]])]
    predictor.delete_model()
    predictor.delete_endpoint()
    return saw


if __name__ == "__main__":
    Path(sys.argv[1], "saw.json").write_text(json.dumps(main(Path(sys.argv[1]))))
