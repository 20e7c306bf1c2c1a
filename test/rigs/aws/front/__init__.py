"""A stand-in for the part of AWS that the project uses: moto, and a front for SageMaker that checks and executes."""
