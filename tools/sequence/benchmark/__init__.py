"""Every model on one data set, measured alike: the runs, the table and the plot."""

from tools.sequence.benchmark.plan import Plan
from tools.sequence.benchmark.run import run_benchmark

__all__ = ["Plan", "run_benchmark"]
