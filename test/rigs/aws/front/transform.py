"""Transform jobs: every object of a prefix goes through the model's own server."""

import gzip
import json

from . import storage
from .contract import Document
from .fleet import Container, Unhealthy
from .logs import LogStream
from .states import Job, Region, World, now
from .training import NO_CAPACITY, Failure
from .tree import Tree

GROUP = "/aws/sagemaker/TransformJobs"


class Stopped(Exception):
    """The job was stopped from outside."""


class TransformRun:
    """The life of one transform job, in a thread of its own."""

    def __init__(self, world: World, region: Region, job: Job, model: Document) -> None:
        self.world = world
        self.region = region
        self.job = job
        self.request: Document = job.document
        self.model = model
        self.s3 = world.client("s3", region.name)

    def start(self) -> None:
        self.world.spawn(self.run)

    def _end(self, status: str, reason: str | None = None) -> None:
        with self.world.lock:
            members: Document = {"TransformJobStatus": status, "TransformEndTime": now()}
            if reason is not None:
                members["FailureReason"] = reason[:1024]
            self.job.change(**members)

    def run(self) -> None:
        try:
            self._run()
        except Stopped:
            self._end("Stopped")
        except (Failure, Unhealthy, storage.DataError) as failure:
            self._end("Failed", str(failure))
        except Exception as error:
            self._end(
                "Failed",
                f"InternalServerError: We encountered an internal error. Please try again. ({error!r})",
            )
        else:
            self._end("Completed")

    def _run(self) -> None:
        self.world.pause(self.job)
        if self.world.faults.of_resource("capacity", self.job.name):
            raise Failure(NO_CAPACITY)
        root = self.world.work / "transform" / self.region.name / self.job.name
        tree = Tree(root / "algo-1")
        inputs = root / "in"
        source = self.request["TransformInput"]["DataSource"]["S3DataSource"]
        storage.download(self.s3, source, inputs)
        stream = LogStream(
            self.world.client("logs", self.region.name), GROUP, f"{self.job.name}/{root.name}-algo-1"
        )
        model = {**self.model, "PrimaryContainer": self._container()}
        container = Container(self.world, self.region, model, tree, stream)
        self.job.change(TransformStartTime=now())
        try:
            container.wait_until_healthy("AllTraffic", self.world.settings.ping_limit)
            for file in sorted(one for one in inputs.rglob("*") if one.is_file()):
                body = file.read_bytes()
                if self.request["TransformInput"].get("CompressionType") == "Gzip":
                    body = gzip.decompress(body)
                name = file.relative_to(inputs).as_posix()
                self._write(name, self._transform(container, name, body))
        finally:
            container.end()

    def _container(self) -> Document:
        container = dict(self.model["PrimaryContainer"])
        own = {"SAGEMAKER_BATCH": "true", **self.request.get("Environment", {})}
        container["Environment"] = {**container.get("Environment", {}), **own}
        return container

    def _payloads(self, body: bytes) -> list[bytes]:
        """What goes into each call: the whole object, one record, or as many as MaxPayloadInMB allows."""
        if self.request["TransformInput"].get("SplitType", "None") != "Line":
            return [body]
        records = body.splitlines(keepends=True)
        if self.request.get("BatchStrategy", "MultiRecord") == "SingleRecord":
            return records
        limit = self.request.get("MaxPayloadInMB", 6) * 1024 * 1024
        batches: list[bytes] = []
        for record in records:
            if batches and len(batches[-1]) + len(record) <= limit:
                batches[-1] += record
            else:
                batches.append(record)
        return batches

    def _transform(self, container: Container, name: str, body: bytes) -> bytes:
        headers = {
            "Content-Type": self.request["TransformInput"].get("ContentType", "application/octet-stream")
        }
        if "Accept" in self.request["TransformOutput"]:
            headers["Accept"] = self.request["TransformOutput"]["Accept"]
        answers: list[bytes] = []
        for payload in self._payloads(body):
            if self.job.stop.is_set():
                raise Stopped
            answer = container.invoke(payload, headers)
            if answer.status != 200:
                text = json.dumps(answer.body.decode(errors="replace")[:200])
                raise Failure(
                    f"ClientError: See job logs for more information ({name}: {answer.status} {text})"
                )
            answers.append(answer.body)
        lines = self.request["TransformOutput"].get("AssembleWith", "None") == "Line"
        return b"".join(one if not lines or one.endswith(b"\n") else one + b"\n" for one in answers)

    def _write(self, name: str, body: bytes) -> None:
        bucket, prefix = storage.split_uri(self.request["TransformOutput"]["S3OutputPath"])
        key = "/".join(part for part in (prefix.strip("/"), f"{name}.out") if part)
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)


def stop(job: Job) -> None:
    """StopTransformJob."""
    job.change(TransformJobStatus="Stopping")
    job.stop.set()
