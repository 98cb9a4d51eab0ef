"""What the system refuses ends in an error, or in fewer threads: never in an abort."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")

# A table that needs more than the room which `limited` leaves, and one that needs hardly any.
SETUP = """
import json, resource, warnings
import numpy as np
from riskslim import Dataset, RiskSLIMProblem, SLIMProblem
from riskslim.errors import OutOfMemoryError
from riskslim.solvers.result import SearchOptions
warnings.simplefilter("ignore")

def table(n, d):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    return Dataset.from_arrays(X, (X[:, 0] - X[:, 1] + rng.logistic(size=n) > 0).astype(int))

def limited(mebibytes):
    np.ones((300, 300)) @ np.ones((300, 300))  # has its buffers, which OpenBLAS cannot do without
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + mebibytes * 2**20, resource.RLIM_INFINITY))

def outcome(solve):
    try:
        found = solve()
    except OutOfMemoryError as error:
        return {"error": str(error)}
    return {"status": str(found.status), "points": found.points.tolist()}
"""

ENGINES = {
    "supports": "RiskSLIMProblem(data, max_size=3).solve({options}, engine='supports')",
    "lcpa": "RiskSLIMProblem(data, max_size=3).solve({options}, engine='lcpa')",
    "slim": "SLIMProblem(data, max_size=3, C0=0.01).solve({options})",
}


def run(program: str) -> Any:
    """Run a program in a process of its own; give what it prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", SETUP + program],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threads", [1, 3])
def test_a_failed_allocation_is_an_error_that_names_memory(engine: str, threads: int) -> None:
    solve = ENGINES[engine].format(options=f"SearchOptions(threads={threads}, time_limit=20)")
    found = run(
        f"""
data = table(2000, 3000)
SLIMProblem(table(20, 3), max_size=1).solve(), RiskSLIMProblem(table(20, 3)).solve(engine="lcpa")
limited(64)
print(json.dumps(outcome(lambda: {solve})))
"""
    )
    assert "memory" in found["error"]
    assert "2,000 distinct rows of 3,000 features" in found["error"]


@pytest.mark.parametrize("engine", ENGINES)
def test_without_threads_to_be_had_the_answer_is_the_same(engine: str) -> None:
    """Stacks that are larger than the memory a process may use: no thread can start."""
    solve = ENGINES[engine].format(options="SearchOptions(threads=4)")
    program = f"""
import threading
import ctypes
def can_start():
    try:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    except RuntimeError:
        return False
    return True
data = table(60, 6)
with_threads = [can_start(), outcome(lambda: {solve})]
libc, stacks = ctypes.CDLL(None), ctypes.create_string_buffer(256)
assert libc.pthread_attr_init(stacks) == 0
assert libc.pthread_attr_setstacksize(stacks, ctypes.c_size_t(2**42)) == 0
assert libc.pthread_setattr_default_np(stacks) == 0
resource.setrlimit(resource.RLIMIT_AS, (2**41, resource.RLIM_INFINITY))
print(json.dumps([with_threads, [can_start(), outcome(lambda: {solve})]]))
"""
    (before, expected), (after, found) = run(program)
    assert (before, after) == (True, False)
    assert found == expected
    assert found["status"] == "optimal"
