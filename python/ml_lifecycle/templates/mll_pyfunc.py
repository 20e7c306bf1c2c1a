"""What mlflow loads: the same predictor as the endpoint's, behind `predict(frame)`."""

from pathlib import Path

from ml_lifecycle.predict import Predictor, load_package


def _plain(value):
    # mlflow hands missing cells over as NaN and moments as pandas timestamps.
    if value is None or value != value:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


class Model:
    """Answers a list of predictions, one for each row; a row that cannot be predicted has None."""

    def __init__(self, folder):
        self.predictor = Predictor(load_package(Path(folder)))

    def predict(self, model_input, params=None):
        names = [str(name) for name in model_input.columns]
        rows = [
            {name: _plain(value) for name, value in zip(names, row, strict=True)}
            for row in model_input.itertuples(index=False, name=None)
        ]
        return [item["prediction"] for item in self.predictor.predict(rows)]


def _load_pyfunc(path):
    return Model(path)
