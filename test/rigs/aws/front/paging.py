"""Pages of a list, and the filters that SageMaker's List operations share."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from .contract import Document
from .errors import invalid
from .states import Resource


def page(items: list[Any], body: Document, default: int) -> tuple[list[Any], str | None]:
    """The page that the request's NextToken asks for, and the token of the next one."""
    token = body.get("NextToken")
    try:
        start = int(base64.urlsafe_b64decode(token).decode()) if token else 0
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid NextToken") from error
    end = start + int(body.get("MaxResults", default))
    more = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(items) else None
    return items[start:end], more


def _time(value: Any) -> datetime:
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(str(value))


_LIMITS = {
    "CreationTimeAfter": ("CreationTime", 1),
    "CreationTimeBefore": ("CreationTime", -1),
    "LastModifiedTimeAfter": ("LastModifiedTime", 1),
    "LastModifiedTimeBefore": ("LastModifiedTime", -1),
}


def chosen(resources: list[Resource], body: Document, default_order: str) -> list[Resource]:
    """The resources that pass the request's filters, in its order."""
    found = [
        one
        for one in resources
        if body.get("NameContains", "") in one.name
        and body.get("StatusEquals", one.status) == one.status
        and (body.get("EndpointConfigNameContains") or "") in one.name
        and all(
            (one.document[member] - _time(body[limit])).total_seconds() * sign >= 0
            for limit, (member, sign) in _LIMITS.items()
            if limit in body
        )
    ]
    by = body.get("SortBy", "CreationTime")

    def key(one: Resource) -> Any:
        if by == "Name":
            return one.name
        return one.status if by == "Status" else one.document.get(by, one.document["CreationTime"])

    return sorted(found, key=key, reverse=body.get("SortOrder", default_order) == "Descending")
