"""SageMaker's operations: each checks, changes the account, and answers."""

from collections.abc import Callable
from typing import Any

from . import processing, quotas, rules, training, transform
from .contract import Document
from .endpoints import Endpoint, Hosting, describe
from .errors import AwsError, invalid
from .identify import Call
from .paging import chosen, page
from .search import search
from .states import Job, Region, Resource, World, now

Operation = Callable[[Region, Document], Document]

_DESCENDING = {"endpoint", "endpoint-config", "model", "transform-job"}


class SageMaker:
    """The control plane."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hosting = Hosting(world)
        self.operations: dict[str, Operation] = {
            "CreateTrainingJob": self._create_training,
            "CreateProcessingJob": self._create_processing,
            "CreateTransformJob": self._create_transform,
            "CreateModel": self._create_model,
            "CreateEndpointConfig": self._create_config,
            "CreateEndpoint": self._create_endpoint,
            "UpdateEndpoint": self._update_endpoint,
            "UpdateEndpointWeightsAndCapacities": self._weigh,
            "DescribeEndpoint": lambda region, body: describe(self._endpoint(region, body)),
            "DeleteEndpoint": self._delete_endpoint,
            "AddTags": self._add_tags,
            "ListTags": self._list_tags,
            "DeleteTags": self._delete_tags,
            "Search": lambda region, body: search(self.world, region, body),
        }
        for kind, word, plural in (
            ("training-job", "TrainingJob", "TrainingJobSummaries"),
            ("processing-job", "ProcessingJob", "ProcessingJobSummaries"),
            ("transform-job", "TransformJob", "TransformJobSummaries"),
            ("model", "Model", "Models"),
            ("endpoint-config", "EndpointConfig", "EndpointConfigs"),
            ("endpoint", "Endpoint", "Endpoints"),
        ):
            self.operations[f"List{word}s"] = self._lister(kind, plural)
            if kind.endswith("-job"):
                self.operations[f"Describe{word}"] = self._job_describer(kind, word)
                self.operations[f"Stop{word}"] = self._stopper(kind, word)
                self.operations[f"Delete{word}"] = self._job_deleter(kind, word)
            elif kind != "endpoint":
                self.operations[f"Describe{word}"] = self._describer(kind, word)
                self.operations[f"Delete{word}"] = self._deleter(kind, word)

    def handle(self, call: Call, body: Document) -> Document:
        """The answer to one request; raises AwsError."""
        contract = self.world.contract
        if not contract.has(call.operation):
            raise AwsError("UnknownOperationException", f"The operation {call.operation} does not exist.")
        contract.check(call.operation, body)
        operation = self.operations.get(call.operation)
        if operation is None:
            raise AwsError(
                "UnknownOperationException",
                f"{call.operation}: a valid request, on which this stand-in does not act.",
            )
        region = self.world.region(call.region)
        with self.world.lock:
            answer = operation(region, body)
            return contract.answer(call.operation, answer)

    def _register(
        self, region: Region, make: type[Resource], kind: str, name: str, body: Document, **more: Any
    ) -> Any:
        tags = rules.check_tags(body.get("Tags", []))
        at = now()
        document = {key: value for key, value in body.items() if key != "Tags"}
        arn = region.arn(kind, name)
        word = {
            "training-job": "TrainingJobArn",
            "processing-job": "ProcessingJobArn",
            "transform-job": "TransformJobArn",
        }
        word |= {"model": "ModelArn", "endpoint-config": "EndpointConfigArn", "endpoint": "EndpointArn"}
        document.update(more, CreationTime=at, LastModifiedTime=at)
        document[word[kind]] = arn
        resource = make(kind=kind, name=name, arn=arn, document=document, tags=tags)
        region.add(resource)
        return resource

    def _create_training(self, region: Region, body: Document) -> Document:
        rules.check_training(self.world, region, body)
        name = body["TrainingJobName"]
        job = self._register(
            region,
            Job,
            "training-job",
            name,
            body,
            TrainingJobStatus="InProgress",
            SecondaryStatus="Starting",
        )
        training.TrainingRun(self.world, region, job).start()
        return {"TrainingJobArn": job.arn}

    def _create_processing(self, region: Region, body: Document) -> Document:
        rules.check_processing(self.world, region, body)
        job = self._register(
            region, Job, "processing-job", body["ProcessingJobName"], body, ProcessingJobStatus="InProgress"
        )
        processing.ProcessingRun(self.world, region, job).start()
        return {"ProcessingJobArn": job.arn}

    def _create_transform(self, region: Region, body: Document) -> Document:
        rules.check_transform(self.world, region, body)
        job = self._register(
            region, Job, "transform-job", body["TransformJobName"], body, TransformJobStatus="InProgress"
        )
        model = region.hosted("model", body["ModelName"]).document
        transform.TransformRun(self.world, region, job, model).start()
        return {"TransformJobArn": job.arn}

    def _create_model(self, region: Region, body: Document) -> Document:
        rules.check_model(self.world, region, body)
        return {"ModelArn": self._register(region, Resource, "model", body["ModelName"], body).arn}

    def _create_config(self, region: Region, body: Document) -> Document:
        rules.check_endpoint_config(region, body)
        made = self._register(region, Resource, "endpoint-config", body["EndpointConfigName"], body)
        return {"EndpointConfigArn": made.arn}

    def _create_endpoint(self, region: Region, body: Document) -> Document:
        name = body["EndpointName"]
        config = region.hosted("endpoint-config", body["EndpointConfigName"]).document
        if region.find("endpoint", name):
            raise invalid(f'Cannot create already existing endpoint "{region.arn("endpoint", name)}".')
        self._require_machines(region, config)
        endpoint = self._register(region, Endpoint, "endpoint", name, body, EndpointStatus="Creating")
        self.hosting.create(region, endpoint, config)
        return {"EndpointArn": endpoint.arn}

    def _require_machines(self, region: Region, config: Document, replaced: str = "") -> None:
        for variant in config["ProductionVariants"]:
            machine = variant.get("InstanceType")
            if machine is None:
                continue
            used = sum(
                one.count
                for other in region.tables["endpoint"].values()
                if isinstance(other, Endpoint) and other.fleet and other.name != replaced
                for one in other.fleet.variants
                if one.spec.get("InstanceType") == machine
            )
            quotas.require(self.world, "endpoint", machine, variant["InitialInstanceCount"], used)

    def _endpoint(self, region: Region, body: Document) -> Endpoint:
        found = region.hosted("endpoint", body["EndpointName"])
        if not isinstance(found, Endpoint):
            raise TypeError(found.kind)
        return found

    def _update_endpoint(self, region: Region, body: Document) -> Document:
        endpoint = self._endpoint(region, body)
        config = region.hosted("endpoint-config", body["EndpointConfigName"]).document
        self._require_machines(region, config, endpoint.name)
        self.hosting.update(region, endpoint, config, body)
        return {"EndpointArn": endpoint.arn}

    def _weigh(self, region: Region, body: Document) -> Document:
        endpoint = self._endpoint(region, body)
        self.hosting.weigh(endpoint, body["DesiredWeightsAndCapacities"])
        return {"EndpointArn": endpoint.arn}

    def _delete_endpoint(self, region: Region, body: Document) -> Document:
        self.hosting.delete(region, self._endpoint(region, body))
        return {}

    def _lister(self, kind: str, plural: str) -> Operation:
        order = "Descending" if kind in _DESCENDING else "Ascending"

        def operation(region: Region, body: Document) -> Document:
            found = chosen(list(region.tables[kind].values()), body, order)
            items, token = page([one.document for one in found], body, 10)
            return {plural: items, "NextToken": token}

        return operation

    def _describer(self, kind: str, word: str) -> Operation:
        return lambda region, body: region.hosted(kind, body[f"{word}Name"]).document

    def _deleter(self, kind: str, word: str) -> Operation:
        def operation(region: Region, body: Document) -> Document:
            region.hosted(kind, body[f"{word}Name"])
            del region.tables[kind][body[f"{word}Name"]]
            return {}

        return operation

    def _job(self, region: Region, kind: str, name: str) -> Job:
        found = region.find(kind, name)
        if isinstance(found, Job):
            return found
        if kind == "training-job":
            raise invalid("Requested resource not found.")
        raise invalid(f"Could not find requested job with name: {name}")

    def _job_describer(self, kind: str, word: str) -> Operation:
        return lambda region, body: self._job(region, kind, body[f"{word}Name"]).document

    def _stopper(self, kind: str, word: str) -> Operation:
        stop = {
            "training-job": training.stop,
            "processing-job": processing.stop,
            "transform-job": transform.stop,
        }[kind]

        def operation(region: Region, body: Document) -> Document:
            job = self._job(region, kind, body[f"{word}Name"])
            if job.status != "InProgress":
                raise invalid(
                    f"The request was rejected because the {kind.replace('-', ' ')} is in status {job.status}."
                )
            stop(job)
            return {}

        return operation

    def _job_deleter(self, kind: str, word: str) -> Operation:
        def operation(region: Region, body: Document) -> Document:
            job = self._job(region, kind, body[f"{word}Name"])
            if not job.ended:
                raise AwsError(
                    "ResourceInUse", f"The {kind.replace('-', ' ')} {job.arn} is in status {job.status}."
                )
            del region.tables[kind][job.name]
            return {}

        return operation

    def _tagged(self, region: Region, arn: str) -> Resource:
        found = region.tagged(arn)
        if found is None:
            raise invalid(f'Could not find resource "{arn}".')
        return found

    def _add_tags(self, region: Region, body: Document) -> Document:
        resource = self._tagged(region, body["ResourceArn"])
        merged = resource.tags | rules.check_tags(body["Tags"])
        if len(merged) > 50:
            raise AwsError("ResourceLimitExceeded", "A resource can have 50 tags at most.")
        resource.tags = merged
        return {"Tags": _tag_list(merged)}

    def _list_tags(self, region: Region, body: Document) -> Document:
        items, token = page(_tag_list(self._tagged(region, body["ResourceArn"]).tags), body, 50)
        return {"Tags": items, "NextToken": token}

    def _delete_tags(self, region: Region, body: Document) -> Document:
        resource = self._tagged(region, body["ResourceArn"])
        resource.tags = {key: value for key, value in resource.tags.items() if key not in body["TagKeys"]}
        return {}


def _tag_list(tags: dict[str, str]) -> list[Document]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
