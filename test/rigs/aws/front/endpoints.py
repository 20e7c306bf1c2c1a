"""Endpoints: created, updated blue/green with rollback, weighed, scaled and deleted."""

import random
import threading
import time
from dataclasses import dataclass, field

from .capture import Capture
from .contract import Document
from .errors import invalid
from .fleet import Fleet, Unhealthy, Variant
from .logs import Metrics
from .states import Region, Resource, World, now
from .storage import DataError

METRICS = "AWS/SageMaker"


@dataclass
class Endpoint(Resource):
    """An endpoint with the fleet that serves, and during an update the one that comes."""

    fleet: Fleet | None = None
    coming: Fleet | None = None
    coming_share: float = 0.0
    capture: Capture | None = None
    metrics: Metrics | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pick(self, wanted: str | None) -> Variant | None:
        """The variant that takes the next call, by the deployment's share and by weight; None when none has that name."""
        with self.lock:
            fleet = self.coming if self.coming and random.random() < self.coming_share else self.fleet
            if fleet is None:
                return None
            named = [one for one in fleet.variants if wanted in {None, one.name}]
            if not named:
                return None
            weights = [one.weight for one in named]
            variant = named[0] if wanted or not any(weights) else random.choices(named, weights)[0]
            variant.busy += 1
            return variant

    def release(self, variant: Variant) -> None:
        with self.lock:
            variant.busy -= 1


class Hosting:
    """What happens to endpoints, each change in a thread of its own."""

    def __init__(self, world: World) -> None:
        self.world = world

    def create(self, region: Region, endpoint: Endpoint, config: Document) -> None:
        endpoint.metrics = Metrics(self.world.client("cloudwatch", region.name), METRICS)
        self.world.flusher.add(endpoint.metrics.flush)
        self.world.spawn(self._create, region, endpoint, config)

    def _create(self, region: Region, endpoint: Endpoint, config: Document) -> None:
        self.world.pause()
        try:
            fleet = Fleet.start(self.world, region, endpoint.name, config)
        except Exception as error:
            endpoint.change(EndpointStatus="Failed", FailureReason=_reason(error))
            return
        self._serve(region, endpoint, fleet)
        endpoint.change(EndpointStatus="InService")

    def _serve(self, region: Region, endpoint: Endpoint, fleet: Fleet) -> Fleet | None:
        """`fleet` takes all calls from now on; returns the one that did before."""
        capture = Capture.of(self.world, region, endpoint.name, fleet.config.get("DataCaptureConfig"))
        with endpoint.lock:
            before, endpoint.fleet = endpoint.fleet, fleet
            endpoint.coming, endpoint.coming_share = None, 0.0
            old_capture, endpoint.capture = endpoint.capture, capture
        if old_capture:
            old_capture.close()
        endpoint.change(EndpointConfigName=fleet.config["EndpointConfigName"])
        return before

    def update(self, region: Region, endpoint: Endpoint, config: Document, body: Document) -> None:
        require_in_service(endpoint)
        deployment = body.get("DeploymentConfig", {})
        endpoint.document.pop("FailureReason", None)
        endpoint.change(
            EndpointStatus="Updating",
            PendingDeploymentSummary={"EndpointConfigName": config["EndpointConfigName"], "StartTime": now()},
        )
        arguments = (region, endpoint, config, deployment, bool(body.get("RetainAllVariantProperties")))
        self.world.spawn(self._update, *arguments)

    def _update(
        self, region: Region, endpoint: Endpoint, config: Document, deployment: Document, retain: bool
    ) -> None:
        fleet: Fleet | None = None
        try:
            fleet = Fleet.start(self.world, region, endpoint.name, config)
            if retain and endpoint.fleet:
                _retain(endpoint.fleet, fleet)
            self._shift(region, endpoint, fleet, deployment)
        except Exception as error:
            endpoint.change(EndpointStatus="RollingBack")
            with endpoint.lock:
                endpoint.coming, endpoint.coming_share = None, 0.0
            if fleet:
                fleet.end()
            self.world.pause()
            endpoint.document.pop("PendingDeploymentSummary", None)
            endpoint.change(EndpointStatus="InService", FailureReason=_reason(error))
            return
        before = self._serve(region, endpoint, fleet)
        if before:
            before.end(self.world.settings.invocation_limit)
        endpoint.document.pop("PendingDeploymentSummary", None)
        if deployment:
            endpoint.document["LastDeploymentConfig"] = deployment
        endpoint.change(EndpointStatus="InService")

    def _shift(self, region: Region, endpoint: Endpoint, fleet: Fleet, deployment: Document) -> None:
        """Traffic moves as the blue/green policy says; an alarm meanwhile raises Unhealthy."""
        routing = deployment.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
        step = routing.get("CanarySize") or routing.get("LinearStepSize")
        if routing.get("Type") in {"CANARY", "LINEAR"} and step:
            size = step["Value"] / 100 if step["Type"] == "CAPACITY_PERCENT" else 0.5
            shares = [size]
            while routing["Type"] == "LINEAR" and shares[-1] + size < 1:
                shares.append(shares[-1] + size)
            for share in shares:
                with endpoint.lock:
                    endpoint.coming, endpoint.coming_share = fleet, share
                self._bake(region, routing["WaitIntervalInSeconds"], deployment)

    def _bake(self, region: Region, seconds: float, deployment: Document) -> None:
        names = [
            one["AlarmName"] for one in deployment.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        ]
        end = time.monotonic() + seconds * self.world.settings.pace
        while True:
            if names:
                alarms = self.world.client("cloudwatch", region.name).describe_alarms(AlarmNames=names)[
                    "MetricAlarms"
                ]
                ringing = [one["AlarmName"] for one in alarms if one["StateValue"] == "ALARM"]
                if ringing:
                    raise Unhealthy(f"Update failed: the alarms {', '.join(ringing)} are in ALARM state.")
            if time.monotonic() >= end:
                return
            time.sleep(0.05)

    def weigh(self, endpoint: Endpoint, wanted: list[Document]) -> None:
        """UpdateEndpointWeightsAndCapacities."""
        require_in_service(endpoint)
        fleet = endpoint.fleet
        variants = {one.name: one for one in fleet.variants} if fleet else {}
        for change in wanted:
            if change["VariantName"] not in variants:
                raise invalid(f'Could not find variant {change["VariantName"]} of endpoint "{endpoint.arn}".')
        endpoint.change(EndpointStatus="Updating")
        self.world.spawn(self._weigh, endpoint, wanted, variants)

    def _weigh(self, endpoint: Endpoint, wanted: list[Document], variants: dict[str, Variant]) -> None:
        self.world.pause()
        for change in wanted:
            variant = variants[change["VariantName"]]
            with endpoint.lock:
                variant.weight = float(change.get("DesiredWeight", variant.weight))
                variant.count = int(change.get("DesiredInstanceCount", variant.count))
        endpoint.change(EndpointStatus="InService")

    def delete(self, region: Region, endpoint: Endpoint) -> None:
        if endpoint.status in {"Creating", "Updating", "RollingBack", "Deleting"}:
            raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        endpoint.change(EndpointStatus="Deleting")
        self.world.spawn(self._delete, region, endpoint)

    def _delete(self, region: Region, endpoint: Endpoint) -> None:
        with endpoint.lock:
            fleet, endpoint.fleet = endpoint.fleet, None
        if fleet:
            fleet.end()
        if endpoint.capture:
            endpoint.capture.close()
        if endpoint.metrics:
            self.world.flusher.remove(endpoint.metrics.flush)
            endpoint.metrics.flush()
        with self.world.lock:
            region.tables["endpoint"].pop(endpoint.name, None)


def require_in_service(endpoint: Endpoint) -> None:
    if endpoint.status in {"Creating", "Updating", "RollingBack", "Deleting"}:
        raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    if endpoint.status != "InService":
        raise invalid(f'Cannot update endpoint "{endpoint.arn}" in status {endpoint.status}.')


def _retain(before: Fleet, after: Fleet) -> None:
    """RetainAllVariantProperties: weights and counts of variants of the same name stay."""
    old = {one.name: one for one in before.variants}
    for variant in after.variants:
        if variant.name in old:
            variant.weight, variant.count = old[variant.name].weight, old[variant.name].count


def _reason(error: Exception) -> str:
    if isinstance(error, (Unhealthy, DataError)):
        return str(error)[:1024]
    return f"InternalServerError: {error!r}"[:1024]


def describe(endpoint: Endpoint) -> Document:
    """What DescribeEndpoint answers."""
    document = dict(endpoint.document)
    fleet = endpoint.fleet
    if fleet is None:
        return document
    document["ProductionVariants"] = [_summary(endpoint, one) for one in fleet.variants]
    capture = fleet.config.get("DataCaptureConfig")
    if capture:
        document["DataCaptureConfig"] = {
            "EnableCapture": bool(capture.get("EnableCapture")),
            "CaptureStatus": "Started" if capture.get("EnableCapture") else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return document


def _summary(endpoint: Endpoint, variant: Variant) -> Document:
    summary: Document = {
        "VariantName": variant.name,
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        "DeployedImages": [
            {
                "SpecifiedImage": variant.image,
                "ResolvedImage": variant.image,
                "ResolutionTime": endpoint.document["CreationTime"],
            }
        ],
    }
    if "ServerlessConfig" in variant.spec:
        summary["CurrentServerlessConfig"] = variant.spec["ServerlessConfig"]
    else:
        summary.update(CurrentInstanceCount=variant.count, DesiredInstanceCount=variant.count)
    return summary
