"""The whole flow by boto3, with its own waiters and paginators. Writes what it saw to saw.json. usage: boto3_flow.py FOLDER

FOLDER holds table.csv, train.py and inference.py.
"""

import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import boto3

BUCKET = "boto3-bucket"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"


def main(folder: Path) -> dict[str, Any]:
    s3, sagemaker, runtime = (boto3.client(name) for name in ("s3", "sagemaker", "sagemaker-runtime"))
    saw: dict[str, Any] = {}
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(folder / "table.csv"), BUCKET, "data/table.csv")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("train.py", "inference.py"):
            archive.add(folder / name, arcname=name)
    s3.put_object(Bucket=BUCKET, Key="code/sourcedir.tar.gz", Body=buffer.getvalue())

    sagemaker.create_training_job(
        TrainingJobName="boto3-job",
        RoleArn=ROLE,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "threshold", "Regex": "threshold=([0-9.]+);"}],
        },
        HyperParameters={
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/code/sourcedir.tar.gz"),
            "sagemaker_region": json.dumps("us-east-1"),
        },
        InputDataConfig=[
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/"}},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 120},
        Tags=[{"Key": "project", "Value": "boto3"}],
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="boto3-job", WaiterConfig={"Delay": 1}
    )
    job = sagemaker.describe_training_job(TrainingJobName="boto3-job")
    saw["training"] = [job["TrainingJobStatus"], job["FinalMetricDataList"][0]["Value"]]
    saw["tags"] = sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    saw["listed"] = [
        one["TrainingJobName"]
        for page in sagemaker.get_paginator("list_training_jobs").paginate(StatusEquals="Completed")
        for one in page["TrainingJobSummaries"]
    ]

    sagemaker.create_model(
        ModelName="boto3-model",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                "SAGEMAKER_REGION": "us-east-1",
            },
        },
    )
    variant = {"VariantName": "AllTraffic", "ModelName": "boto3-model"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="boto3-machines",
        ProductionVariants=[{**variant, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}],
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName="boto3-serverless",
        ProductionVariants=[{**variant, "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 2}}],
    )
    in_service = sagemaker.get_waiter("endpoint_in_service")
    sagemaker.create_endpoint(EndpointName="boto3-endpoint", EndpointConfigName="boto3-machines")
    in_service.wait(EndpointName="boto3-endpoint", WaiterConfig={"Delay": 1})

    def ask() -> Any:
        answer = runtime.invoke_endpoint(
            EndpointName="boto3-endpoint", ContentType="application/json", Body=json.dumps({"x": [1, 4]})
        )
        return [answer["InvokedProductionVariant"], json.loads(answer["Body"].read())["predictions"]]

    saw["answer"] = ask()
    sagemaker.update_endpoint(EndpointName="boto3-endpoint", EndpointConfigName="boto3-serverless")
    in_service.wait(EndpointName="boto3-endpoint", WaiterConfig={"Delay": 1})
    endpoint = sagemaker.describe_endpoint(EndpointName="boto3-endpoint")
    saw["serverless"] = endpoint["ProductionVariants"][0]["CurrentServerlessConfig"]
    saw["answer after the update"] = ask()
    sagemaker.delete_endpoint(EndpointName="boto3-endpoint")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="boto3-endpoint", WaiterConfig={"Delay": 1})
    for name in ("boto3-machines", "boto3-serverless"):
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName="boto3-model")
    saw["left"] = [
        *sagemaker.list_endpoints(NameContains="boto3")["Endpoints"],
        *sagemaker.list_endpoint_configs(NameContains="boto3")["EndpointConfigs"],
        *sagemaker.list_models(NameContains="boto3")["Models"],
    ]
    return saw


if __name__ == "__main__":
    Path(sys.argv[1], "saw.json").write_text(json.dumps(main(Path(sys.argv[1]))))
