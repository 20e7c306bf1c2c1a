"""Errors in the form in which each AWS protocol carries them."""

import json
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response


@dataclass
class AwsError(Exception):
    """A refusal as the service sends it: `code` decides in every SDK, `status` is the HTTP status."""

    code: str
    message: str
    status: int = 400

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def invalid(message: str) -> AwsError:
    """What SageMaker's control plane answers to most wrong requests, an absent resource included."""
    return AwsError("ValidationException", message)


JSON = "json"
REST_JSON = "rest-json"
QUERY = "query"
REST_XML = "rest-xml"
CBOR = "smithy-rpc-v2-cbor"


def _cbor_text(text: str) -> bytes:
    """A text of at most 65,535 bytes as CBOR (RFC 8949, major type 3)."""
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data


def render(error: AwsError, protocol: str) -> Response:
    """The HTTP answer by which an SDK of that protocol recognises the error."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    if protocol == REST_XML:
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{error.code}</Code>'
            f"<Message>{escape(error.message)}</Message><RequestId>{request_id}</RequestId></Error>"
        )
        return Response(body, error.status, {**headers, "Content-Type": "application/xml"})
    if protocol == QUERY:
        kind = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{error.code}</Code><Message>{escape(error.message)}"
            f"</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Response(body, error.status, {**headers, "Content-Type": "text/xml"})
    if protocol == CBOR:
        cbor = b"\xa2" + b"".join(map(_cbor_text, ("__type", error.code, "message", error.message)))
        return Response(
            cbor,
            error.status,
            {**headers, "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"},
        )
    if protocol == REST_JSON:
        headers["x-amzn-errortype"] = error.code
        return Response(
            json.dumps({"Message": error.message}),
            error.status,
            {**headers, "Content-Type": "application/json"},
        )
    body = json.dumps({"__type": error.code, "message": error.message})
    return Response(body, error.status, {**headers, "Content-Type": "application/x-amz-json-1.1"})
