"""The faces: command line, Gradio page, HTTP API. Each reads the same stream of turn events."""
