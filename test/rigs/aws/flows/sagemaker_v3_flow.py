"""The whole flow by AWS's `sagemaker-core`, the base of its SDK of version 3. Writes what it saw to saw.json.

usage: sagemaker_v3_flow.py FOLDER

FOLDER holds table.csv, train.py and inference.py.
"""

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import boto3
from sagemaker.core import shapes
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TrainingJob

BUCKET = "core-bucket"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"


def main(folder: Path) -> dict[str, Any]:
    saw: dict[str, Any] = {}
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(folder / "table.csv"), BUCKET, "data/table.csv")
    with tarfile.open(folder / "sources.tar.gz", mode="w:gz") as archive:
        for name in ("train.py", "inference.py"):
            archive.add(folder / name, arcname=name)
    s3.upload_file(str(folder / "sources.tar.gz"), BUCKET, "sources.tar.gz")

    job = TrainingJob.create(
        training_job_name="core-job",
        role_arn=ROLE,
        algorithm_specification=shapes.AlgorithmSpecification(
            training_image=IMAGE, training_input_mode="File"
        ),
        hyper_parameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{BUCKET}/sources.tar.gz",
            "sagemaker_region": "us-east-1",
        },
        input_data_config=[
            shapes.Channel(
                channel_name="train",
                data_source=shapes.DataSource(
                    s3_data_source=shapes.S3DataSource(s3_data_type="S3Prefix", s3_uri=f"s3://{BUCKET}/data/")
                ),
            )
        ],
        output_data_config=shapes.OutputDataConfig(s3_output_path=f"s3://{BUCKET}/out"),
        resource_config=shapes.ResourceConfig(
            instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5
        ),
        stopping_condition=shapes.StoppingCondition(max_runtime_in_seconds=120),
    )
    job.wait(poll=1)
    saw["training"] = [job.training_job_status, job.secondary_status, len(job.secondary_status_transitions)]

    model = Model.create(
        model_name="core-model",
        execution_role_arn=ROLE,
        primary_container=shapes.ContainerDefinition(
            image=IMAGE,
            model_data_url=job.model_artifacts.s3_model_artifacts,
            environment={
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                "SAGEMAKER_REGION": "us-east-1",
            },
        ),
    )
    config = EndpointConfig.create(
        endpoint_config_name="core-config",
        production_variants=[
            shapes.ProductionVariant(
                variant_name="AllTraffic",
                model_name="core-model",
                # Not serverless: this version of the SDK sends "MemorySizeInMb", which AWS's model does not know.
                instance_type="ml.m5.large",
                initial_instance_count=1,
            )
        ],
    )
    endpoint = Endpoint.create(endpoint_name="core-endpoint", endpoint_config_name="core-config")
    endpoint.wait_for_status("InService", poll=1)
    answer = endpoint.invoke(body=json.dumps({"x": [1, 4]}), content_type="application/json")
    saw["answer"] = json.loads(answer.body.read())["predictions"]
    saw["listed"] = [one.endpoint_name for one in Endpoint.get_all()]
    endpoint.delete()
    endpoint.wait_for_delete(poll=1)
    config.delete()
    model.delete()
    saw["left"] = "core-endpoint" in [one.endpoint_name for one in Endpoint.get_all()]
    return saw


if __name__ == "__main__":
    Path(sys.argv[1], "saw.json").write_text(json.dumps(main(Path(sys.argv[1]))))
