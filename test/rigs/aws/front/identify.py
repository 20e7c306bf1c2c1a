"""Which service and operation a request is for, from what the SDK signs and sends."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from werkzeug.wrappers import Request

from .errors import CBOR, JSON, QUERY, REST_JSON, REST_XML
from .sso import OPERATIONS as LOGIN_OPERATIONS

# The signing names and target prefixes of the services that matter here, by the name that the SDKs' packages have.
_SERVICES = {
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "GraniteServiceVersion20100801": "cloudwatch",
}
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_INVOKE = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)")
_INVOKE_OPERATIONS = {
    "invocations": "InvokeEndpoint",
    "async-invocations": "InvokeEndpointAsync",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
}


@dataclass(frozen=True)
class Call:
    """One request. `subject` is what it is about: a key, a name in its body or path."""

    service: str
    operation: str
    region: str
    protocol: str
    subject: str
    signed: bool


def identify(request: Request) -> Call:
    """Reads the body only where the operation stands in it, and not that of S3."""
    found = _CREDENTIAL.search(request.headers.get("Authorization", "")) or _CREDENTIAL.search(
        "Credential=" + unquote(request.args.get("X-Amz-Credential", ""))
    )
    region = found.group(2) if found else "us-east-1"
    signing = found.group(3) if found else "s3"
    signed = found is not None
    service = _SERVICES.get(signing, signing)
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        operation = request.path.rsplit("/", 1)[-1]
        return Call(service, operation, region, CBOR, "", signed)
    login = None if signed else LOGIN_OPERATIONS.get((request.method, request.path))
    if login:
        return Call(*login, region, REST_JSON, "", signed)
    invoke = _INVOKE.fullmatch(request.path)
    if invoke and (service == "sagemaker" or not signed):
        return Call(
            "sagemaker-runtime",
            _INVOKE_OPERATIONS[invoke.group(2)],
            region,
            REST_JSON,
            invoke.group(1),
            signed,
        )
    target = request.headers.get("X-Amz-Target")
    if target:
        prefix, _, operation = target.rpartition(".")
        if not signed:
            service = {"SageMaker": "sagemaker"}.get(prefix, prefix)
        return Call(service, operation, region, JSON, request.get_data(as_text=True), signed)
    if service == "s3":
        return Call(service, _s3_operation(request), region, REST_XML, request.path, signed)
    form = parse_qs(request.get_data(as_text=True))
    operation = (form.get("Action") or [request.args.get("Action", "")])[0]
    return Call(
        service, operation, region, QUERY, " ".join(one for values in form.values() for one in values), signed
    )


_S3_OBJECT = {
    "GET": "GetObject",
    "HEAD": "HeadObject",
    "PUT": "PutObject",
    "DELETE": "DeleteObject",
    "POST": "PostObject",
}
_S3_BUCKET = {
    "GET": "ListObjectsV2",
    "HEAD": "HeadBucket",
    "PUT": "CreateBucket",
    "DELETE": "DeleteBucket",
    "POST": "PostBucket",
}


def _s3_operation(request: Request) -> str:
    """S3's operations have no name on the wire: method, path and query tell."""
    bucket, _, key = request.path.lstrip("/").partition("/")
    method, args = request.method, request.args
    if not bucket:
        return "ListBuckets"
    if not key:
        if method == "POST" and "delete" in args:
            return "DeleteObjects"
        if method == "GET":
            for mark, operation in (
                ("location", "GetBucketLocation"),
                ("versions", "ListObjectVersions"),
                ("uploads", "ListMultipartUploads"),
                ("versioning", "GetBucketVersioning"),
            ):
                if mark in args:
                    return operation
        return _S3_BUCKET.get(method, method)
    if "uploads" in args:
        return "CreateMultipartUpload"
    if "uploadId" in args:
        return {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}.get(
            method, "ListParts"
        )
    if method == "PUT" and "x-amz-copy-source" in request.headers:
        return "CopyObject"
    return _S3_OBJECT.get(method, method)
