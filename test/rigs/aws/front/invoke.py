"""SageMaker runtime: a call goes to a container, and leaves metrics and captured traffic."""

import json
import time
import uuid

from werkzeug.wrappers import Request, Response

from .contract import Document
from .endpoints import Endpoint
from .errors import AwsError
from .fleet import Answer, Variant
from .identify import Call
from .states import ACCOUNT, World

# Bytes of a request's and an answer's body: the SDK's model says 6 MB, the guide 4 MB for serverless endpoints.
LIMIT = 6 * 1024 * 1024
SERVERLESS_LIMIT = 4 * 1024 * 1024
_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


def _refused(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def invoke(world: World, call: Call, request: Request) -> Response:
    """InvokeEndpoint."""
    if call.operation != "InvokeEndpoint":
        raise _refused(f"{call.operation} is not supported by this stand-in.")
    found = world.region(call.region).find("endpoint", call.subject)
    if not isinstance(found, Endpoint) or found.fleet is None:
        raise _refused(f"Endpoint {call.subject} of account {ACCOUNT} not found.")
    wanted = request.headers.get("X-Amzn-SageMaker-Target-Variant")
    body = request.get_data()
    variant = found.pick(wanted)
    if variant is None:
        raise _refused(f"Variant {wanted} not found for Request.")
    try:
        serverless = variant.spec.get("ServerlessConfig")
        if len(body) > (SERVERLESS_LIMIT if serverless else LIMIT):
            raise _refused(f"Request {uuid.uuid4()} has oversize body.")
        if serverless and variant.busy > serverless["MaxConcurrency"]:
            raise AwsError("ThrottlingException", "Rate exceeded")
        began = time.perf_counter()
        answer = variant.container.invoke(body, _headers(request, call))
        if len(answer.body) > LIMIT:
            answer = Answer(500, b"Response payload size exceeded the maximum of 6291456 bytes", "text/plain")
        _measure(found, variant, answer.status, (time.perf_counter() - began) * 1e6)
    finally:
        found.release(variant)
    if not 200 <= answer.status < 300:
        return _model_error(call, answer)
    sent = (request.headers.get("Content-Type", "application/octet-stream"), body)
    if found.capture:
        found.capture.add(variant.name, sent, (answer.content_type, answer.body), _metadata(request))
    headers = {
        "Content-Type": answer.content_type,
        "x-Amzn-Invoked-Production-Variant": variant.name,
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    if answer.headers.get(_ATTRIBUTES):
        headers[_ATTRIBUTES] = answer.headers[_ATTRIBUTES]
    return Response(answer.body, 200, headers)


def _headers(request: Request, call: Call) -> dict[str, str]:
    passed = {
        "Content-Type": request.headers.get("Content-Type", "application/octet-stream"),
        "X-Amzn-SageMaker-Endpoint-Name": call.subject,
    }
    for name in ("Accept", _ATTRIBUTES, "X-Amzn-SageMaker-Inference-Id"):
        if name in request.headers:
            passed[name] = request.headers[name]
    return passed


def _metadata(request: Request) -> Document:
    metadata: Document = {}
    if request.headers.get(_ATTRIBUTES):
        metadata["customAttributes"] = [request.headers[_ATTRIBUTES]]
    if request.headers.get("X-Amzn-SageMaker-Inference-Id"):
        metadata["inferenceId"] = request.headers["X-Amzn-SageMaker-Inference-Id"]
    return metadata


def _measure(endpoint: Endpoint, variant: Variant, status: int, microseconds: float) -> None:
    if endpoint.metrics is None:
        return
    dimensions = {"EndpointName": endpoint.name, "VariantName": variant.name}
    client_error = 400 <= status < 500
    server_error = status == 0 or status >= 500
    for name, value, unit in (
        ("Invocations", 1.0, "None"),
        ("InvocationsPerInstance", 1.0 / max(1, variant.count), "None"),
        ("Invocation4XXErrors", float(client_error), "None"),
        ("Invocation5XXErrors", float(server_error), "None"),
        ("InvocationModelErrors", float(client_error or server_error), "None"),
        ("ModelLatency", microseconds, "Microseconds"),
        ("OverheadLatency", 500.0, "Microseconds"),
    ):
        endpoint.metrics.put(name, value, dimensions, unit)


def _model_error(call: Call, answer: Answer) -> Response:
    """The envelope around what the model answered."""
    if answer.status == 0:
        text = (
            "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for "
            "each container in Amazon CloudWatch, resolve the issue, and try again."
        )
    else:
        text = answer.body.decode(errors="replace")
    side = "client" if 400 <= answer.status < 500 else "server"
    group = f"/aws/sagemaker/Endpoints/{call.subject}"
    console = f"https://{call.region}.console.aws.amazon.com/cloudwatch/home?region={call.region}#logEventViewer:group={group}"
    body = {
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL" if side == "client" else "INTERNAL_FAILURE_FROM_MODEL",
        "LogStreamArn": f"arn:aws:logs:{call.region}:{ACCOUNT}:log-group:{group}",
        "Message": f'Received {side} error ({answer.status}) from primary with message "{text}". See {console} in account '
        f"{ACCOUNT} for more information.",
        "OriginalMessage": text,
        "OriginalStatusCode": answer.status,
    }
    headers = {
        "Content-Type": "application/json",
        "x-amzn-errortype": "ModelError",
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    return Response(json.dumps(body), 424, headers)
