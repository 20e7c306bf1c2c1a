"""Training jobs: AWS's own toolkit trains, in the states and with the words of the service."""

import math
import re
import signal
import time
from pathlib import Path
from typing import Any

from . import storage
from .contract import Document
from .faults import Fault
from .logs import LogStream, Metrics
from .processes import Process
from .states import Job, Region, World, now
from .tree import Tree

GROUP = "/aws/sagemaker/TrainingJobs"
OUT_OF_MEMORY = (
    "ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an "
    "instance."
)
NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance "
    "type."
)


class Failure(Exception):
    """The job failed; the text is its FailureReason."""


class Interruption(Exception):
    """The Spot machines were taken away."""


class Limit(Exception):
    """The job was stopped from outside: by a person, or by a time limit (`secondary`)."""

    def __init__(self, secondary: str, message: str) -> None:
        super().__init__(message)
        self.secondary = secondary


class TrainingRun:
    """The life of one training job, in a thread of its own."""

    def __init__(self, world: World, region: Region, job: Job) -> None:
        self.world = world
        self.region = region
        self.job = job
        self.request: Document = job.document
        self.s3 = world.client("s3", region.name)
        self.metrics: dict[str, Document] = {}
        self.cloudwatch = Metrics(world.client("cloudwatch", region.name), GROUP)
        self.trees: list[Tree] = []
        self.started = time.monotonic()
        self.trained = 0.0
        self.attempt = 0
        self.waiting: list[Fault] = []
        stopping = self.request.get("StoppingCondition", {})
        self.run_limit = stopping.get("MaxRuntimeInSeconds", 86_400)
        self.wait_limit = stopping.get("MaxWaitTimeInSeconds")
        self.output = f"{self.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.name}/output"

    def start(self) -> None:
        self.enter("Starting", "Starting the training job")
        self.world.spawn(self.run)

    def enter(self, secondary: str, message: str, **members: Any) -> None:
        """The next secondary status, with its transition. The document changes in one step, so that no reader sees half of it."""
        with self.world.lock:
            at = now()
            transitions = [dict(one) for one in self.job.document.get("SecondaryStatusTransitions", [])]
            if transitions:
                transitions[-1].setdefault("EndTime", at)
            entry: Document = {"Status": secondary, "StartTime": at, "StatusMessage": message}
            if members.get("TrainingJobStatus") in {"Completed", "Failed", "Stopped"}:
                entry["EndTime"] = at
            self.job.change(
                SecondaryStatus=secondary, SecondaryStatusTransitions=[*transitions, entry], **members
            )

    def run(self) -> None:
        try:
            self._run()
        except Limit as limit:
            self._end("Stopped", limit.secondary, str(limit))
        except (Failure, storage.DataError) as failure:
            self._end("Failed", "Failed", "Training job failed", FailureReason=str(failure)[:1024])
        except Exception as error:
            reason = f"InternalServerError: We encountered an internal error. Please try again. ({error!r})"
            self._end("Failed", "Failed", "Training job failed", FailureReason=reason[:1024])

    def _end(self, status: str, secondary: str, message: str, **members: Any) -> None:
        if self.trained:
            seconds = max(1, math.ceil(self.trained))
            spot = self.request.get("EnableManagedSpotTraining", False)
            members.update(
                TrainingTimeInSeconds=seconds,
                BillableTimeInSeconds=max(1, math.ceil(seconds * 0.3)) if spot else seconds,
            )
        if self.metrics:
            members["FinalMetricDataList"] = list(self.metrics.values())
        self.cloudwatch.flush()
        self.enter(secondary, message, TrainingJobStatus=status, TrainingEndTime=now(), **members)

    def _run(self) -> None:
        while True:
            try:
                code = self._attempt()
                break
            except Interruption:
                self.enter("Interrupted", "Instance(s) reclaimed")
                self._rest()
                self.enter("Restarting", "Restarting the training job")
        self.enter("Uploading", "Uploading generated training model")
        self._upload(code)
        if code != 0:
            raise Failure(self._reason(code))
        self._end(
            "Completed",
            "Completed",
            "Training job completed",
            ModelArtifacts={"S3ModelArtifacts": f"{self.output}/model.tar.gz"},
        )

    def _rest(self) -> None:
        """One state's time; raises Limit when the job is not to go on."""
        self.world.pause(self.job)
        self._check_limits(training=False)

    def _check_limits(self, *, training: bool, began: float = 0.0) -> None:
        if self.job.stop.is_set():
            raise Limit("Stopped", "Training job stopped")
        limit = self.run_limit * self.world.settings.minute / 60
        if training and self.trained + time.monotonic() - began > limit:
            raise Limit("MaxRuntimeExceeded", "Training job runtime exceeded MaxRuntimeInSeconds provided")
        if self.wait_limit is not None and time.monotonic() - self.started > self.wait_limit:
            raise Limit("MaxWaitTimeExceeded", "Training job runtime exceeded MaxWaitTimeInSeconds provided")

    def _attempt(self) -> int:
        self._rest()
        self.enter("Pending", "Training job waiting for capacity")
        self._rest()
        if self.world.faults.of_resource("capacity", self.job.name):
            raise Failure(NO_CAPACITY)
        self.enter("Pending", "Preparing the instances for training")
        self._rest()
        self.enter("Downloading", "Downloading input data")
        self._lay_out()
        self._rest()
        if self.world.faults.of_resource("imagePull", self.job.name):
            image = self.request["AlgorithmSpecification"]["TrainingImage"]
            raise Failure(
                f"ClientError: Cannot pull algorithm container. Ensure that the image {image} exists."
            )
        self.enter("Training", "Downloading the training image")
        self._rest()
        self.enter("Training", "Training image download completed. Training in progress.")
        self.job.document.setdefault("TrainingStartTime", now())
        return self._train()

    def _hosts(self) -> list[str]:
        return [
            f"algo-{n + 1}" for n in range(self.request.get("ResourceConfig", {}).get("InstanceCount", 1))
        ]

    def _lay_out(self) -> None:
        if self.world.faults.of_resource("dataAccess", self.job.name):
            raise Failure("ClientError: Data download failed:AccessDenied (403): Access Denied")
        hosts = self._hosts()
        self.trees = []
        for index, host in enumerate(hosts):
            tree = Tree(self.world.work / "jobs" / self.region.name / self.job.name / host)
            self.trees.append(tree)
            channels: Document = {}
            for channel in self.request.get("InputDataConfig", []):
                source = channel["DataSource"]["S3DataSource"]
                folder = tree.base / "input/data" / channel["ChannelName"]
                folder.mkdir()
                storage.download(self.s3, source, folder, (index, len(hosts)))
                tree.rewrite_scripts(folder)
                channels[channel["ChannelName"]] = {
                    "TrainingInputMode": channel.get("InputMode", "File"),
                    "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
                    "RecordWrapperType": channel.get("RecordWrapperType", "None"),
                }
            checkpoints = self._checkpoints(tree)
            if checkpoints:
                self._fetch_checkpoints(*checkpoints)
            values = {key: tree.path(value) for key, value in self.request.get("HyperParameters", {}).items()}
            tree.write_config("hyperparameters.json", values)
            tree.write_config("inputdataconfig.json", channels)
            tree.write_config("resourceconfig.json", self._resources(host, hosts))

    def _resources(self, host: str, hosts: list[str]) -> Document:
        machine = self.request.get("ResourceConfig", {}).get("InstanceType", "")
        group = {"instance_group_name": "homogeneousCluster", "instance_type": machine, "hosts": hosts}
        return {
            "current_host": host,
            "current_instance_type": machine,
            "current_group_name": "homogeneousCluster",
            "hosts": hosts,
            "instance_groups": [group],
            "network_interface_name": "lo",
        }

    def _checkpoints(self, tree: Tree) -> tuple[Path, str] | None:
        config = self.request.get("CheckpointConfig")
        if not config:
            return None
        folder = tree.local(config.get("LocalPath", "/opt/ml/checkpoints"))
        folder.mkdir(parents=True, exist_ok=True)
        return folder, config["S3Uri"]

    def _fetch_checkpoints(self, folder: Path, uri: str) -> None:
        try:
            storage.download(self.s3, {"S3Uri": uri.rstrip("/") + "/", "S3DataType": "S3Prefix"}, folder)
        except storage.DataError:
            return  # the first start has none

    def _command(self) -> list[str]:
        algorithm = self.request["AlgorithmSpecification"]
        entry = algorithm.get("ContainerEntrypoint")
        if entry:
            return [*entry, *algorithm.get("ContainerArguments", [])]
        return [str(self.world.image), "-m", "sagemaker_training.cli.train"]

    def _train(self) -> int:
        """Runs the containers until all have ended; the exit code of the first that failed, or 0."""
        began = time.monotonic()
        self.attempt += 1
        spot = self.world.faults.of_resource("spotInterruption", self.job.name) if self._is_spot() else None
        memory = self.world.faults.of_resource("outOfMemory", self.job.name)
        self.waiting = [one for one in (spot, memory) if one]
        streams = [self._stream(tree) for tree in self.trees]
        processes = [self._container(tree, stream) for tree, stream in zip(self.trees, streams, strict=True)]
        self.job.running = processes
        seen: dict[Path, float] = {}
        try:
            while any(one.alive for one in processes):
                self.job.stop.wait(0.05)
                self._save_checkpoints(seen)
                self._check_limits(training=True, began=began)
                age = time.monotonic() - began
                if spot and spot.due(age):
                    raise Interruption
                if memory and memory.due(age):
                    processes[0].signal(signal.SIGKILL)
        except Interruption:
            self._end_all(processes)
            self._save_checkpoints(seen)
            self.trained += time.monotonic() - began
            raise
        except Limit:
            self.enter("Stopping", "Stopping the training job", TrainingJobStatus="Stopping")
            self._end_all(processes)
            self._save_checkpoints(seen)
            self.trained += time.monotonic() - began
            self.enter("Uploading", "Uploading generated training model")
            self._upload(0)
            self.job.document["ModelArtifacts"] = {"S3ModelArtifacts": f"{self.output}/model.tar.gz"}
            raise
        finally:
            codes = [one.wait() or 0 for one in processes]
            for stream in streams:
                self.world.flusher.remove(stream.flush)
                stream.flush()
        self._save_checkpoints(seen)
        self.trained += time.monotonic() - began
        return next((code for code in codes if code != 0), 0)

    def _is_spot(self) -> bool:
        return bool(self.request.get("EnableManagedSpotTraining"))

    def _end_all(self, processes: list[Process]) -> None:
        for one in processes:
            one.signal(signal.SIGTERM)
        for one in processes:
            one.end(self.world.settings.stop_grace)

    def _stream(self, tree: Tree) -> LogStream:
        name = f"{self.job.name}/{tree.root.name}-{int(time.time()) + self.attempt - 1}"
        stream = LogStream(self.world.client("logs", self.region.name), GROUP, name)
        self.world.flusher.add(stream.flush)
        return stream

    def _container(self, tree: Tree, stream: LogStream) -> Process:
        closed = bool(self.request.get("EnableNetworkIsolation"))
        env = tree.environment(
            self.world,
            self.region,
            {
                "TRAINING_JOB_NAME": self.job.name,
                "TRAINING_JOB_ARN": self.job.arn,
                "SAGEMAKER_TRAINING_MODULE": "rig_image:train",
                **self.request.get("Environment", {}),
            },
            internet=not closed and "VpcConfig" not in self.request,
            host=tree.root.name,
        )
        if closed:
            env.update(S3_ENDPOINT_URL="http://127.0.0.1:9", AWS_ENDPOINT_URL="http://127.0.0.1:9")
        definitions = self.request["AlgorithmSpecification"].get("MetricDefinitions", [])
        patterns = [(one["Name"], re.compile(one["Regex"])) for one in definitions]

        def hear(line: str) -> None:
            stream.write(line)
            for fault in self.waiting:
                fault.hear(line)
            for name, pattern in patterns:
                for found in pattern.finditer(line):
                    self._measure(name, found.group(1) if pattern.groups else found.group(0))

        command = [tree.path(part) for part in self._command()]
        return self.world.processes.start(command, tree.base, env, hear, lambda: not self.region.emptied)

    def _measure(self, name: str, text: str) -> None:
        try:
            value = float(text)
        except ValueError:
            return
        if not math.isfinite(value):
            return
        self.metrics[name] = {"MetricName": name, "Value": value, "Timestamp": now()}
        self.cloudwatch.put(name, value, {"TrainingJobName": self.job.name})

    def _save_checkpoints(self, seen: dict[Path, float]) -> None:
        """Checkpoints go to S3 while the job runs, and come back when it restarts."""
        for tree in self.trees:
            checkpoints = self._checkpoints(tree)
            if not checkpoints:
                return
            folder, uri = checkpoints
            bucket, prefix = storage.split_uri(uri)
            for file in folder.rglob("*"):
                if file.is_file() and seen.get(file) != file.stat().st_mtime:
                    seen[file] = file.stat().st_mtime
                    key = f"{prefix.rstrip('/')}/{file.relative_to(folder).as_posix()}".lstrip("/")
                    self.s3.upload_file(str(file), bucket, key)

    def _upload(self, code: int) -> None:
        if code == 0:
            storage.upload_archive(
                self.s3, [tree.base / "model" for tree in self.trees], f"{self.output}/model.tar.gz"
            )
        storage.upload_archive(
            self.s3, [tree.base / "output" for tree in self.trees], f"{self.output}/output.tar.gz"
        )

    def _reason(self, code: int) -> str:
        if code == 137:
            return f"{OUT_OF_MEMORY}, exit code: 137"
        files = [tree.base / "output/failure" for tree in self.trees]
        text = next((one.read_text() for one in files if one.exists()), "")
        ending = f", exit code: {code}"
        return f"AlgorithmError: {text[: 1024 - len(ending) - 16]}{ending}"


def stop(job: Job) -> None:
    """StopTrainingJob: the status changes at once, the container gets SIGTERM."""
    job.change(TrainingJobStatus="Stopping", SecondaryStatus="Stopping")
    job.stop.set()
