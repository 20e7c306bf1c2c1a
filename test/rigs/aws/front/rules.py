"""What the service refuses although the model allows it: the documented rules between fields, and between resources.

Texts in AWS's own words where a public report shows them; the others say plainly what is wrong.
"""

import json
import urllib.parse
from collections import Counter
from typing import Any

from botocore.exceptions import ClientError

from . import quotas
from .contract import Document
from .errors import AwsError, invalid
from .images import check_image
from .states import ACCOUNT, Region, World
from .storage import exists, split_uri


def _statements(document: Any) -> list[Document]:
    policy = json.loads(urllib.parse.unquote(document)) if isinstance(document, str) else document
    found = policy.get("Statement", [])
    return found if isinstance(found, list) else [found]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def trusts_sagemaker(world: World, arn: str) -> bool:
    """Whether the role exists in this account and lets SageMaker assume it."""
    account, _, name = arn.partition(":role/")
    if account.split(":")[-1] != ACCOUNT:
        return False
    try:
        role = world.client("iam").get_role(RoleName=name.rsplit("/", 1)[-1])["Role"]
    except ClientError:
        return False
    return any(
        statement.get("Effect") == "Allow"
        and "sts:AssumeRole" in _listed(statement.get("Action", []))
        and isinstance(statement.get("Principal"), dict)
        and "sagemaker.amazonaws.com" in _listed(statement["Principal"].get("Service", []))
        for statement in _statements(role["AssumeRolePolicyDocument"])
    )


def require_role(world: World, arn: str) -> None:
    """The role of a job."""
    if not trusts_sagemaker(world, arn):
        raise invalid(
            f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role."
        )


def require_members(body: Document, *names: str) -> None:
    """Members that the service needs although the model does not say so."""
    missing = [name for name in names if name not in body]
    if missing:
        count = f"{len(missing)} validation error{'' if len(missing) == 1 else 's'} detected"
        faults = "; ".join(
            f"Value null at '{name[:1].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null"
            for name in missing
        )
        raise invalid(f"{count}: {faults}")


def require_unique(words: str, names: list[str]) -> None:
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise invalid(f"{words} must be unique: {', '.join(doubled)} occurs more than once.")


def check_tags(tags: list[Document]) -> dict[str, str]:
    """The tags as a table; the model already limits their number and letters."""
    require_unique("Tag keys", [one["Key"] for one in tags])
    for one in tags:
        if one["Key"].lower().startswith("aws:"):
            raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return {one["Key"]: one["Value"] for one in tags}


def unused_name(region: Region, kind: str, name: str, words: str) -> None:
    """Job names can be used once in an account and region."""
    found = region.find(kind, name)
    if found is not None:
        raise AwsError(
            "ResourceInUse",
            f"{words} names must be unique within an AWS account and region, and a {words.lower()} with this name "
            f"already exists ({found.arn})",
        )


def check_training(world: World, region: Region, body: Document) -> None:
    """CreateTrainingJob."""
    if "ServerlessJobConfig" in body:
        raise invalid("Serverless training jobs are not supported by this stand-in.")
    require_members(body, "AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
    algorithm, machines = body["AlgorithmSpecification"], body["ResourceConfig"]
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        raise invalid(
            "Exactly one of TrainingImage and AlgorithmName must be given in AlgorithmSpecification."
        )
    if "AlgorithmName" in algorithm:
        raise invalid(f"Could not find algorithm {algorithm['AlgorithmName']}.")
    if not machines.get("InstanceGroups"):
        missing = [one for one in ("InstanceType", "InstanceCount", "VolumeSizeInGB") if one not in machines]
        if missing:
            raise invalid(f"ResourceConfig lacks {', '.join(missing)}.")
        if machines["InstanceCount"] < 1:
            raise invalid("ResourceConfig.InstanceCount must be at least 1.")
    else:
        raise invalid("InstanceGroups are not supported by this stand-in.")
    check_image(algorithm["TrainingImage"], region.name)
    check_spot(body)
    check_channels(body.get("InputDataConfig", []))
    split_uri(body["OutputDataConfig"]["S3OutputPath"])
    if "CheckpointConfig" in body:
        split_uri(body["CheckpointConfig"]["S3Uri"])
    unused_name(region, "training-job", body["TrainingJobName"], "Training job")
    require_role(world, body["RoleArn"])
    spot = bool(body.get("EnableManagedSpotTraining"))
    used = quotas.used_by_jobs(
        list(region.tables["training-job"].values()), machines["InstanceType"], spot=spot
    )
    quotas.require(
        world, "spot" if spot else "training", machines["InstanceType"], machines["InstanceCount"], used
    )


def check_spot(body: Document) -> None:
    """Spot training and its time limits."""
    stopping = body["StoppingCondition"]
    wait, run = stopping.get("MaxWaitTimeInSeconds"), stopping.get("MaxRuntimeInSeconds", 86_400)
    if not body.get("EnableManagedSpotTraining"):
        if wait is not None:
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
            )
        return
    if wait is None or wait < run:
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )


def check_channels(channels: list[Document]) -> None:
    """The input channels of a training job."""
    require_unique("Channel names", [one["ChannelName"] for one in channels])
    for channel in channels:
        sources = channel["DataSource"]
        if list(sources) != ["S3DataSource"]:
            raise invalid(
                f"Channel {channel['ChannelName']} must have exactly one data source: S3DataSource."
            )
        source = sources["S3DataSource"]
        split_uri(source["S3Uri"])
        if source["S3DataType"] == "AugmentedManifestFile" and channel.get("InputMode", "File") != "Pipe":
            raise invalid("AugmentedManifestFile is only supported in Pipe mode.")


def check_processing(world: World, region: Region, body: Document) -> None:
    """CreateProcessingJob."""
    check_image(body["AppSpecification"]["ImageUri"], region.name)
    cluster = body["ProcessingResources"]["ClusterConfig"]
    inputs = body.get("ProcessingInputs", [])
    outputs = body.get("ProcessingOutputConfig", {}).get("Outputs", [])
    require_unique("Processing input names", [one["InputName"] for one in inputs])
    require_unique("Processing output names", [one["OutputName"] for one in outputs])
    for one in inputs:
        if "S3Input" not in one:
            raise invalid(f"Processing input {one['InputName']} must have S3Input.")
        source = one["S3Input"]
        split_uri(source["S3Uri"])
        if "LocalPath" not in source or "S3InputMode" not in source:
            raise invalid(f"Processing input {one['InputName']} must have LocalPath and S3InputMode.")
        _check_processing_path(one["InputName"], source["LocalPath"])
    for one in outputs:
        if "S3Output" not in one:
            raise invalid(f"Processing output {one['OutputName']} must have S3Output.")
        split_uri(one["S3Output"]["S3Uri"])
        _check_processing_path(one["OutputName"], one["S3Output"].get("LocalPath", ""))
    paths = [one["S3Input"]["LocalPath"] for one in inputs] + [
        one["S3Output"]["LocalPath"] for one in outputs
    ]
    require_unique("The LocalPath of processing inputs and outputs", paths)
    unused_name(region, "processing-job", body["ProcessingJobName"], "Processing job")
    require_role(world, body["RoleArn"])
    used = quotas.used_by_jobs(list(region.tables["processing-job"].values()), cluster["InstanceType"])
    quotas.require(world, "processing", cluster["InstanceType"], cluster["InstanceCount"], used)


def _check_processing_path(name: str, path: str) -> None:
    if not path.startswith("/opt/ml/processing/"):
        raise invalid(f"LocalPath of {name} must begin with /opt/ml/processing/, not '{path}'.")


def check_transform(world: World, region: Region, body: Document) -> None:
    """CreateTransformJob."""
    unused_name(region, "transform-job", body["TransformJobName"], "Transform job")
    region.hosted("model", body["ModelName"])
    split_uri(body["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
    split_uri(body["TransformOutput"]["S3OutputPath"])
    payload, at_once = body.get("MaxPayloadInMB", 6), body.get("MaxConcurrentTransforms", 1)
    if payload * at_once > 100:
        raise invalid("MaxPayloadInMB * MaxConcurrentTransforms must not exceed 100 MB.")
    split = body["TransformInput"].get("SplitType", "None")
    if body.get("BatchStrategy") == "MultiRecord" and split == "None":
        raise invalid("BatchStrategy MultiRecord needs a SplitType.")
    machines = body["TransformResources"]
    used = quotas.used_by_jobs(list(region.tables["transform-job"].values()), machines["InstanceType"])
    quotas.require(world, "transform", machines["InstanceType"], machines["InstanceCount"], used)


def check_model(world: World, region: Region, body: Document) -> None:
    """CreateModel."""
    require_members(body, "ExecutionRoleArn")
    if ("PrimaryContainer" in body) == ("Containers" in body):
        raise invalid("Exactly one of PrimaryContainer and Containers must be given.")
    if "Containers" in body:
        raise invalid("Inference pipelines (Containers) are not supported by this stand-in.")
    container = body["PrimaryContainer"]
    if "Image" not in container:
        raise invalid("PrimaryContainer must have Image.")
    check_image(container["Image"], region.name)
    if region.find("model", body["ModelName"]):
        raise invalid(f'Cannot create already existing model "{region.arn("model", body["ModelName"])}".')
    role = body["ExecutionRoleArn"]
    if not trusts_sagemaker(world, role):
        raise invalid(
            f'The execution role ARN "{role}" is invalid. Please ensure that the role exists and that its trust relationship '
            'policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
        )
    if "ModelDataSource" in container:
        raise invalid("ModelDataSource is not supported by this stand-in: give ModelDataUrl.")
    url = container.get("ModelDataUrl")
    if url is not None and not exists(world.client("s3", region.name), url):
        raise invalid(f"Could not find model data at {url}.")


def check_endpoint_config(region: Region, body: Document) -> None:
    """CreateEndpointConfig."""
    variants = body["ProductionVariants"]
    require_unique("Variant names", [one["VariantName"] for one in variants])
    if (
        body.get("ShadowProductionVariants")
        or body.get("AsyncInferenceConfig")
        or body.get("ExplainerConfig")
    ):
        raise invalid(
            "Shadow variants, asynchronous inference and explainers are not supported by this stand-in."
        )
    for variant in variants:
        if "ModelName" not in variant:
            raise invalid(f"Variant {variant['VariantName']} must have ModelName.")
        region.hosted("model", variant["ModelName"])
        check_variant(variant)
    serverless = [one for one in variants if "ServerlessConfig" in one]
    if serverless and len(variants) > 1:
        raise invalid("A serverless endpoint can have one production variant only.")
    capture = body.get("DataCaptureConfig", {})
    if capture:
        split_uri(capture["DestinationS3Uri"])
        require_unique("Capture modes", [one["CaptureMode"] for one in capture["CaptureOptions"]])
    if serverless and capture.get("EnableCapture"):
        raise invalid("DataCaptureConfig is not supported for serverless endpoints.")
    name = body["EndpointConfigName"]
    if region.find("endpoint-config", name):
        raise invalid(
            f'Cannot create already existing endpoint configuration "{region.arn("endpoint-config", name)}".'
        )


def check_variant(variant: Document) -> None:
    """One production variant: machines or serverless."""
    serverless, name = variant.get("ServerlessConfig"), variant["VariantName"]
    if (serverless is None) == ("InstanceType" not in variant):
        raise invalid(f"Variant {name} must have exactly one of InstanceType and ServerlessConfig.")
    if serverless is None:
        if "InitialInstanceCount" not in variant:
            raise invalid(f"Variant {name} must have InitialInstanceCount.")
        return
    if serverless["MemorySizeInMB"] % 1024:
        raise invalid(
            f"Variant {name}: MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120, 6144; "
            f"it is {serverless['MemorySizeInMB']}."
        )
    if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        raise invalid(f"Variant {name}: ProvisionedConcurrency must not exceed MaxConcurrency.")
    if "InitialInstanceCount" in variant:
        raise invalid(f"Variant {name}: InitialInstanceCount does not go with ServerlessConfig.")
