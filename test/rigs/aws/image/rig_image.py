"""Inside the image: what AWS's scikit-learn image adds to its two PyPI toolkits.

Training: `SAGEMAKER_TRAINING_MODULE=rig_image:train python -m sagemaker_training.cli.train`
Serving:  `SAGEMAKER_SERVING_MODULE=rig_image:app python -m rig_image`
"""

import importlib
import subprocess
import types
from collections.abc import Callable, Iterable
from typing import Any


def train() -> None:
    """Script mode: the user's program in a process of its own."""
    from sagemaker_training import entry_point, environment, runner

    env = environment.Environment()
    entry_point.run(
        uri=env.module_dir,
        user_entry_point=env.user_entry_point,
        args=env.to_cmd_args(),
        env_vars=env.to_env_vars(),
        runner_type=runner.ProcessRunnerType,
    )


def _predict(data: Any, model: Any) -> Any:
    return model.predict(data)


def _application() -> Any:
    from sagemaker_containers.beta.framework import env, transformer, worker

    serving = env.ServingEnv()
    user = importlib.import_module(serving.module_name)
    model = getattr(user, "model_fn", None)
    if hasattr(user, "transform_fn"):
        chain = transformer.Transformer(model_fn=model, transform_fn=user.transform_fn)
    else:
        chain = transformer.Transformer(
            model_fn=model,
            input_fn=getattr(user, "input_fn", None),
            predict_fn=getattr(user, "predict_fn", _predict),
            output_fn=getattr(user, "output_fn", None),
        )
    chain.initialize()
    return worker.Worker(transform_fn=chain.transform, module_name=serving.module_name)


_app: Any = None


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application of each worker; the model is loaded with the first request, which is a ping."""
    global _app  # noqa: PLW0603
    if _app is None:
        _app = _application()
    answer: Iterable[bytes] = _app(environ, start_response)
    return answer


def serve() -> None:
    """The vendor's server. It binds every address; here it may bind 127.0.0.1 alone."""
    from sagemaker_containers import _server

    def start(args: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([one.replace("0.0.0.0:", "127.0.0.1:") for one in args], **options)

    _server.subprocess = types.SimpleNamespace(Popen=start)
    _server.start("rig_image:app")


if __name__ == "__main__":
    serve()
