"""What pandas says of the table that the tests of charts make, as JSON."""

import json
import sys

import pandas as pd

data = pd.read_csv(sys.argv[1])
boxes = {}
for shop, price in data.groupby("shop")["price"]:
    price = price.dropna()
    q1, median, q3 = (float(price.quantile(q)) for q in (0.25, 0.5, 0.75))
    inside = price[(price >= q1 - 1.5 * (q3 - q1)) & (price <= q3 + 1.5 * (q3 - q1))]
    boxes[shop] = {
        "n": len(price),
        "min": float(price.min()),
        "q1": q1,
        "median": median,
        "q3": q3,
        "max": float(price.max()),
        "mean": float(price.mean()),
        "low": float(inside.min()),
        "high": float(inside.max()),
        "outliers": len(price) - len(inside),
    }
numbers = data.select_dtypes("number")
there = numbers.notna().astype(int)
cross = pd.crosstab(data["kind"].fillna("missing"), data["shop"])
print(
    json.dumps(
        {
            "boxes": boxes,
            "corr": json.loads(numbers.corr().to_json()),
            "pairs": json.loads((there.T @ there).to_json()),
            "missing": [[int(n) for n in data[k : k + 50].isna().sum()] for k in range(0, len(data), 50)],
            "cross": json.loads(cross.to_json(orient="index")),
        }
    )
)
