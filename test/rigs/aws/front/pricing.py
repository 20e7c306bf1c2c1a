"""The Price List API for SageMaker. The form is AWS's; the numbers are invented, and no evidence of any price."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from .contract import Contract, Document
from .identify import Call
from .paging import page
from .states import World

_COMPONENTS = {
    "Training": ("Train", "TrainingInstanceType"),
    "Processing": ("Processing", "ProcessingInstanceType"),
    "Hosting": ("Host", "ProductionVariantInstanceType"),
    "Batch Transform": ("Tsform", "TransformInstanceType"),
}
_SIZES = {"medium": 1, "large": 2, "xlarge": 4}
_SHORT = {"us-east-1": "USE1", "eu-west-1": "EU", "eu-central-1": "EUC1", "us-west-2": "USW2"}


def _cores(machine: str) -> int:
    size = machine.rsplit(".", 1)[-1]
    many = re.fullmatch(r"(\d+)xlarge", size)
    return int(many.group(1)) * 4 if many else _SIZES.get(size, 8)


def _accelerated(machine: str) -> bool:
    return re.match(r"ml\.(p|g|trn|inf)\d", machine) is not None


def price(machine: str) -> float:
    """Dollars an hour: 0.05 for each core, six times that with an accelerator."""
    return round(_cores(machine) * (0.3 if _accelerated(machine) else 0.05), 4)


class Pricing:
    """GetProducts, DescribeServices and GetAttributeValues for AmazonSageMaker."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.contract = Contract("pricing")

    def _products(self, region: str) -> list[Document]:
        found = []
        for component, (usage, shape) in _COMPONENTS.items():
            for machine in self.world.contract.enum(shape):
                found.append(_product(region, component, usage, machine))
        return found

    def handle(self, call: Call, body: Document) -> Document:
        self.contract.check(call.operation, body)
        answer: dict[str, Any] = {}
        wanted = {one["Field"]: one["Value"] for one in body.get("Filters", [])}
        if call.operation == "GetProducts" and body.get("ServiceCode") == "AmazonSageMaker":
            products = [
                one
                for one in self._products(wanted.get("regionCode", "us-east-1"))
                if all(
                    {**one["product"]["attributes"], "productFamily": one["product"]["productFamily"]}.get(
                        key
                    )
                    == value
                    for key, value in wanted.items()
                )
            ]
            items, token = page([json.dumps(one) for one in products], body, 100)
            answer = {"FormatVersion": "aws_v1", "PriceList": items, "NextToken": token}
        elif call.operation == "GetProducts":
            answer = {"FormatVersion": "aws_v1", "PriceList": []}
        elif call.operation == "DescribeServices":
            names = ["instanceName", "component", "regionCode", "usagetype", "productFamily"]
            answer = {
                "FormatVersion": "aws_v1",
                "Services": [{"ServiceCode": "AmazonSageMaker", "AttributeNames": names}],
            }
        elif call.operation == "GetAttributeValues":
            values = {
                one["product"]["attributes"].get(body["AttributeName"]) for one in self._products("us-east-1")
            }
            answer = {"AttributeValues": [{"Value": one} for one in sorted(one for one in values if one)]}
        return self.contract.answer(call.operation, answer)


def _product(region: str, component: str, usage: str, machine: str) -> Document:
    sku = hashlib.sha256(f"{region}{component}{machine}".encode()).hexdigest()[:16].upper()
    term, rate = f"{sku}.JRTCKXETXF", f"{sku}.JRTCKXETXF.6YS6EN2CT7"
    return {
        "product": {
            "productFamily": "ML Instance",
            "sku": sku,
            "attributes": {
                "servicecode": "AmazonSageMaker",
                "servicename": "Amazon SageMaker",
                "regionCode": region,
                "locationType": "AWS Region",
                "instanceName": machine,
                "instanceType": f"{machine}-{component}",
                "component": component,
                "platoinstancetype": component,
                "operation": "RunInstance",
                "usagetype": f"{_SHORT.get(region, region)}-{usage}:{machine}",
                "vCpu": str(_cores(machine)),
                "memory": f"{_cores(machine) * 4} GiB",
                "gpu": "1" if _accelerated(machine) else "N/A",
            },
        },
        "serviceCode": "AmazonSageMaker",
        "terms": {
            "OnDemand": {
                term: {
                    "sku": sku,
                    "offerTermCode": "JRTCKXETXF",
                    "effectiveDate": "2026-01-01T00:00:00Z",
                    "termAttributes": {},
                    "priceDimensions": {
                        rate: {
                            "rateCode": rate,
                            "unit": "Hrs",
                            "beginRange": "0",
                            "endRange": "Inf",
                            "description": f"${price(machine)} for {machine} {component} per hour in {region}",
                            "appliesTo": [],
                            "pricePerUnit": {
                                "CNY" if region.startswith("cn-") else "USD": f"{price(machine):.10f}"
                            },
                        }
                    },
                }
            }
        },
        "version": "20260101000000",
        "publicationDate": datetime(2026, 1, 1, tzinfo=UTC).isoformat().replace("+00:00", "Z"),
    }
