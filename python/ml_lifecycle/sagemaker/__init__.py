"""The job and the endpoint inside Amazon SageMaker's containers."""
