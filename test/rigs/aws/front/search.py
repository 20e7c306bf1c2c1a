"""Search over training jobs, models and endpoints, by name, status, time and tag."""

from collections.abc import Callable
from typing import Any

from .contract import Document
from .errors import invalid
from .paging import page
from .states import KINDS, Region, Resource, World

_KINDS = {word: kind for kind, word in KINDS.items() if word in {"TrainingJob", "Model", "Endpoint"}}

_TESTS: dict[str, Callable[[str, str], bool]] = {
    "Equals": lambda have, want: have == want,
    "NotEquals": lambda have, want: have != want,
    "Contains": lambda have, want: want in have,
    "GreaterThan": lambda have, want: have > want,
    "GreaterThanOrEqualTo": lambda have, want: have >= want,
    "LessThan": lambda have, want: have < want,
    "LessThanOrEqualTo": lambda have, want: have <= want,
    "In": lambda have, want: have in want.split(","),
}


def _value(resource: Resource, name: str) -> str | None:
    """A property by its dotted name; tags as `Tags.KEY`. Times in ISO 8601."""
    if name.startswith("Tags."):
        return resource.tags.get(name.removeprefix("Tags."))
    found: Any = resource.document
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if found is None:
        return None
    return found.isoformat() if hasattr(found, "isoformat") else str(found)


def _passes(resource: Resource, one: Document) -> bool:
    have = _value(resource, one["Name"])
    operator = one.get("Operator", "Equals")
    if operator == "Exists":
        return have is not None
    if operator == "NotExists":
        return have is None
    return have is not None and _TESTS[operator](have, one.get("Value", ""))


def _matches(resource: Resource, expression: Document) -> bool:
    if expression.get("NestedFilters"):
        raise invalid("NestedFilters are not supported by this stand-in.")
    results = [_passes(resource, one) for one in expression.get("Filters", [])]
    results += [_matches(resource, one) for one in expression.get("SubExpressions", [])]
    return any(results) if expression.get("Operator") == "Or" else all(results)


def search(world: World, region: Region, body: Document) -> Document:
    """Search."""
    word = body["Resource"]
    if word not in _KINDS:
        raise invalid(f"Search for {word} is not supported by this stand-in.")
    found = [
        one for one in region.tables[_KINDS[word]].values() if _matches(one, body.get("SearchExpression", {}))
    ]
    by = body.get("SortBy", "LastModifiedTime")
    found.sort(
        key=lambda one: _value(one, by) or "", reverse=body.get("SortOrder", "Descending") == "Descending"
    )
    records = [
        {word: {**one.document, "Tags": [{"Key": key, "Value": value} for key, value in one.tags.items()]}}
        for one in found
    ]
    if word == "Model":
        records = [{"Model": {"Model": one["Model"]}} for one in records]
    items, token = page(records, body, 10)
    return {"Results": items, "NextToken": token}
