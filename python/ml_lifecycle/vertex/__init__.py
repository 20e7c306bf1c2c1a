"""The job inside Vertex AI's containers."""
