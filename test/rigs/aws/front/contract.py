"""A service's own model (botocore) as the contract: what a request may hold, and what an answer does."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import regex
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

from .errors import AwsError, invalid

Document = dict[str, Any]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def without_nulls(value: Any) -> Any:
    """AWS takes a null member for an absent one."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value


class Contract:
    """Checks requests and shapes answers by the model of one service."""

    def __init__(self, service: str) -> None:
        self.model = ServiceModel(Loader().load_service_model(service, "service-2"))
        self._patterns: dict[str, regex.Pattern[str] | None] = {}

    def has(self, operation: str) -> bool:
        return operation in self.model.operation_names

    def enum(self, shape: str) -> list[str]:
        return list(self.model.shape_for(shape).enum)

    def check(self, operation: str, body: Document) -> None:
        """Raises ValidationException in AWS's words, SerializationException for a wrong type.

        Members that the model does not know are refused too. AWS overlooks those; here they are always a mistake.
        """
        shape = self.model.operation_model(operation).input_shape
        if shape is None:
            return
        report = ParamValidator().validate(body, shape)
        lines = report.generate_report().split("\n") if report.has_errors() else []
        wrong_type = [line for line in lines if line.startswith("Invalid type")]
        if wrong_type:
            raise AwsError("SerializationException", "; ".join(wrong_type))
        messages = list(self._faults(shape, body, ""))
        messages += [line for line in lines if line.startswith("Unknown parameter")]
        if lines and not messages:
            messages = lines
        if messages:
            count = f"{len(messages)} validation error{'' if len(messages) == 1 else 's'} detected"
            raise invalid(f"{count}: {'; '.join(messages)}")

    def _faults(self, shape: Shape, value: Any, where: str) -> Iterator[str]:
        prefix = f"{where}." if where else ""
        if shape.type_name == "structure":
            for name in shape.required_members:
                if name not in value:
                    yield f"Value null at '{prefix}{_lower(name)}' failed to satisfy constraint: Member must not be null"
            for name, one in value.items():
                if name in shape.members:
                    yield from self._faults(shape.members[name], one, prefix + _lower(name))
            return
        if shape.type_name == "list":
            for index, one in enumerate(value):
                yield from self._faults(shape.member, one, f"{where}.{index + 1}.member")
        elif shape.type_name == "map":
            parts = [("key", shape.key, key) for key in value] + [
                ("value", shape.value, one) for one in value.values()
            ]
            for part, part_shape, one in parts:
                rules = [fault.split("constraint: ", 1)[1] for fault in self._faults(part_shape, one, where)]
                if rules:
                    yield (
                        f"Value at '{where}' failed to satisfy constraint: Map {part} must satisfy constraint: "
                        f"[{', '.join(rules)}]"
                    )
        for rule in self._broken_rules(shape, value):
            shown = "***" if shape.metadata.get("sensitive") else value
            yield f"Value '{shown}' at '{where}' failed to satisfy constraint: Member must {rule}"

    def _broken_rules(self, shape: Shape, value: Any) -> Iterator[str]:
        kind, limits = shape.type_name, shape.metadata
        if kind == "string":
            if shape.enum and value not in shape.enum:
                yield f"satisfy enum value set: [{', '.join(shape.enum)}]"
            pattern = self._pattern(limits.get("pattern"))
            if pattern is not None and not pattern.fullmatch(value):
                yield f"satisfy regular expression pattern: {limits['pattern']}"
        if kind in {"integer", "long", "float", "double"}:
            measure, size = "value", value
        elif kind in {"string", "list", "map", "blob"}:
            measure, size = "length", len(value)
        else:
            return
        if "min" in limits and size < limits["min"]:
            yield f"have {measure} greater than or equal to {limits['min']}"
        if "max" in limits and size > limits["max"]:
            yield f"have {measure} less than or equal to {limits['max']}"

    def _pattern(self, text: str | None) -> "regex.Pattern[str] | None":
        if text is None:
            return None
        if text not in self._patterns:
            try:
                self._patterns[text] = regex.compile(text)
            except regex.error:  # a few patterns are written for Java alone
                self._patterns[text] = None
        return self._patterns[text]

    def answer(self, operation: str, value: Document) -> Document:
        """`value` with only what the model's answer has; times as seconds since 1970."""
        shape = self.model.operation_model(operation).output_shape
        return {} if shape is None else _shaped(shape, value)


def _shaped(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: _shaped(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list":
        return [_shaped(shape.member, one) for one in value]
    if shape.type_name == "map":
        return {key: _shaped(shape.value, one) for key, one in value.items()}
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    return value
