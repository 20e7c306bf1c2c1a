"""The endpoint's description, with the names and types of the model's own columns."""

from typing import Any

TYPES: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "other": {"type": "string"},
}


def _field(field: dict[str, Any]) -> dict[str, Any]:
    base = dict(TYPES[field["type"]])
    if not field["required"]:
        base["type"] = [base["type"], "null"]
    seen = []
    if "min" in field and "max" in field:
        seen.append(f"Seen in training: {field['min']} to {field['max']}.")
    if field.get("categories"):
        seen.append(f"Seen in training: {', '.join(map(str, field['categories'][:20]))}.")
    return {**base, **({"description": " ".join(seen)} if seen else {})}


def document(signature: dict[str, Any], name: str, version: int) -> dict[str, Any]:
    """An OpenAPI 3.1 document."""
    fields = signature["inputs"]
    row = {
        "type": "object",
        "properties": {field["name"]: _field(field) for field in fields},
        "required": [field["name"] for field in fields if field["required"]],
    }
    said: dict[str, Any] = dict(TYPES[signature["output"]["type"]])
    if "classes" in signature["output"]:
        said["enum"] = [*signature["output"]["classes"], None]
    said["type"] = [said["type"], "null"]
    prediction = {
        "type": "object",
        "properties": {
            "prediction": said,
            "probabilities": {"type": "object", "additionalProperties": {"type": "number"}},
            "error": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "required": ["prediction"],
    }
    one = {"$ref": "#/components/schemas/Row"}
    rows = {"type": "array", "items": one}
    body = {
        "oneOf": [
            rows,
            one,
            {"type": "object", "properties": {"instances": rows}, "required": ["instances"]},
            {"type": "object", "properties": {"dataframe_records": rows}, "required": ["dataframe_records"]},
            {
                "type": "object",
                "properties": {
                    "dataframe_split": {
                        "type": "object",
                        "properties": {
                            "columns": {"type": "array", "items": {"type": "string"}},
                            "data": {"type": "array", "items": {"type": "array"}},
                        },
                        "required": ["columns", "data"],
                    }
                },
                "required": ["dataframe_split"],
            },
        ]
    }
    answer = {
        "type": "object",
        "properties": {
            "predictions": {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}},
            "ids": {"type": "array", "items": {"type": "string"}},
            "model": {"type": "string"},
            "version": {"type": "integer"},
        },
    }
    failures = {"400": "No rows, or no JSON or CSV", "401": "No or a wrong token", "413": "A body over 64 MB"}
    examples = {"example": {"value": signature["examples"][:1]}} if signature.get("examples") else {}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": name,
            "version": str(version),
            "description": f"Predicts {signature['output']['name']}.",
        },
        "components": {
            "schemas": {"Row": row, "Prediction": prediction},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
        "paths": {
            "/ping": {"get": {"security": [], "responses": {"200": {"description": "The endpoint answers"}}}},
            "/metrics": {"get": {"responses": {"200": {"description": "Prometheus text"}}}},
            "/invocations": {
                "post": {
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": body, "examples": examples},
                            "text/csv": {"schema": {"type": "string"}},
                        },
                    },
                    "responses": {
                        "200": {
                            "description": "One prediction for each row, in order",
                            "content": {"application/json": {"schema": answer}},
                        },
                        **{status: {"description": text} for status, text in failures.items()},
                    },
                }
            },
        },
    }
