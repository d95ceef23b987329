"""A Ray cluster: engines on its GPUs and scorers on its CPUs, for the one process that owns the store.

Nothing of a run lives in the cluster: a worker or a node that is lost costs only what it had in hand, and the
process that started the run can be killed and started again as any other.
"""
