"""The account's limits: enforced when something is created, and shown by Service Quotas.

Names are AWS's. Values and codes are ours: AWS's differ from account to account.
"""

import hashlib
import re
from typing import Any

from .contract import Contract, Document
from .errors import AwsError
from .identify import Call
from .paging import page
from .states import ACCOUNT, Job, Resource, World

USAGES = {
    "training": "training job usage",
    "spot": "spot training job usage",
    "processing": "processing job usage",
    "transform": "transform job usage",
    "endpoint": "endpoint usage",
}
_SHAPES = {
    "training": "TrainingInstanceType",
    "spot": "TrainingInstanceType",
    "processing": "ProcessingInstanceType",
    "transform": "TransformInstanceType",
    "endpoint": "ProductionVariantInstanceType",
}
_ACCELERATED = re.compile(r"ml\.(p|g|trn|inf|dl)\d")


def limit(world: World, name: str, machine: str) -> float:
    """The limit of that name: what was set, else 0 for accelerated machines and 8 for the others, as new accounts have little."""
    if name in world.quotas:
        return world.quotas[name]
    return 0.0 if _ACCELERATED.match(machine) else 8.0


def require(world: World, usage: str, machine: str, count: int, used: int) -> None:
    """Raises ResourceLimitExceeded in AWS's words when `count` more machines are too many."""
    name = f"{machine} for {USAGES[usage]}"
    allowed = limit(world, name, machine)
    if used + count > allowed:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{name}' is {allowed:g} Instances, with current utilization of {used} Instances "
            f"and a request delta of {count} Instances. Please use AWS Service Quotas to request an increase for this quota. "
            "If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.",
        )


def used_by_jobs(resources: list[Resource], machine: str, *, spot: bool | None = None) -> int:
    """Machines of that type in jobs that have not ended; for training jobs, Spot or not."""
    total = 0
    for job in resources:
        document = job.document
        if not isinstance(job, Job) or job.ended:
            continue
        if spot is not None and bool(document.get("EnableManagedSpotTraining")) != spot:
            continue
        places = (
            document.get("ResourceConfig"),
            document.get("ProcessingResources", {}).get("ClusterConfig"),
            document.get("TransformResources"),
        )
        total += sum(one["InstanceCount"] for one in places if one and one.get("InstanceType") == machine)
    return total


def _code(name: str) -> str:
    return "L-" + hashlib.sha256(name.encode()).hexdigest()[:8].upper()


class ServiceQuotas:
    """The part of Service Quotas that knows SageMaker."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.contract = Contract("service-quotas")
        self._requested: list[Document] = []

    def _all(self, region: str) -> list[Document]:
        names = [
            (f"{machine} for {words}", machine)
            for usage, words in USAGES.items()
            for machine in self.world.contract.enum(_SHAPES[usage])
        ]
        return [
            {
                "ServiceCode": "sagemaker",
                "ServiceName": "Amazon SageMaker",
                "QuotaArn": f"arn:aws:servicequotas:{region}:{ACCOUNT}:sagemaker/{_code(name)}",
                "QuotaCode": _code(name),
                "QuotaName": name,
                "Value": limit(self.world, name, machine),
                "Unit": "None",
                "Adjustable": True,
                "GlobalQuota": False,
            }
            for name, machine in names
        ]

    def _one(self, region: str, code: str) -> Document:
        found = next((one for one in self._all(region) if one["QuotaCode"] == code), None)
        if found is None:
            raise AwsError(
                "NoSuchResourceException",
                "The request failed because the specified service quota does not exist.",
            )
        return found

    def handle(self, call: Call, body: Document) -> Document | None:
        """The answer, or None where moto has the better one (other services than SageMaker)."""
        if body.get("ServiceCode") != "sagemaker":
            return None
        self.contract.check(call.operation, body)
        answer: dict[str, Any]
        if call.operation in {"ListServiceQuotas", "ListAWSDefaultServiceQuotas"}:
            items, token = page(self._all(call.region), body, 100)
            answer = {"Quotas": items, "NextToken": token}
        elif call.operation in {"GetServiceQuota", "GetAWSDefaultServiceQuota"}:
            answer = {"Quota": self._one(call.region, body["QuotaCode"])}
        elif call.operation == "RequestServiceQuotaIncrease":
            quota = self._one(call.region, body["QuotaCode"])
            request = {
                **quota,
                "Id": _code(f"{len(self._requested)}"),
                "Status": "PENDING",
                "DesiredValue": body["DesiredValue"],
            }
            self._requested.append(request)
            answer = {"RequestedQuota": request}
        elif call.operation == "ListRequestedServiceQuotaChangeHistory":
            answer = {"RequestedQuotas": list(self._requested)}
        else:
            return None
        return self.contract.answer(call.operation, answer)
