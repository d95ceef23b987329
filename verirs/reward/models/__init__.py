"""Running a reward model: in this process, in vLLM's, or on a server."""
