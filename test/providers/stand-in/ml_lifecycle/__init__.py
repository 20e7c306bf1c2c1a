"""A stand-in for the runtime: it does what a test of the provider asks for, without any package."""
