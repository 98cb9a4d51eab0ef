import enum
from collections.abc import Callable

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.slim.native import TreeRequest
from riskslim.solvers.supports import SupportsRequest

class End(enum.IntEnum):
    """What ended a search."""

    finished = 0
    time = 1
    nodes = 2
    interrupted = 3
    memory = 4

class LogisticData:
    """Table of merged rows in native storage; every method but the constructor is read-only."""

    def __init__(
        self,
        features: FloatArray,
        positive: FloatArray,
        negative: FloatArray,
        storage: str = "auto",
        look_up: bool = True,
    ) -> None: ...
    @property
    def n_rows(self) -> int: ...
    @property
    def dimension(self) -> int: ...
    @property
    def total_weight(self) -> float: ...
    @property
    def storage(self) -> str: ...
    def value(self, points: FloatArray, threads: int = 1) -> float: ...
    def exact_value(self, points: FloatArray, threads: int = 1) -> float: ...
    def value_and_gradient(
        self, points: FloatArray, threads: int = 1
    ) -> tuple[float, FloatArray]: ...
    def value_from_scores(self, scores: FloatArray) -> float: ...
    def scores(self, points: FloatArray) -> FloatArray: ...
    def minorant(
        self, points: FloatArray, lower: FloatArray, upper: FloatArray, threads: int = 1
    ) -> tuple[float, float, FloatArray]: ...

def sequential_rounding(
    data: LogisticData,
    start: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    switch_cost: FloatArray,
    rows: LatticeRows,
    cutoff: float,
    scale: float = 1.0,
    stop: Callable[[], bool] | None = ...,
) -> FloatArray | None: ...
def coordinate_descent(
    data: LogisticData,
    start: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    switch_cost: FloatArray,
    rows: LatticeRows,
    free: BoolArray,
    swaps: bool,
    scale: float = 1.0,
    stop: Callable[[], bool] | None = ...,
) -> FloatArray | None: ...
def narrowed_box(
    features: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    smallest_multiplier: float,
    largest_multiplier: float,
    cutoff: float,
    time_limit: float,
) -> tuple[list[float], list[float]]: ...

class SupportScore:
    """A score under the logistic loss; see riskslim.solvers.supports.SupportScore."""

    points: list[int]
    multiplier: float
    log_odds: float
    loss: float
    objective: float
    bound: float
    size: int

class SupportsOutcome:
    """What a search over supports did and proved."""

    end: End
    best: list[SupportScore]
    pool: list[SupportScore]
    trace: list[tuple[float, float]]
    truncated: bool
    open_bound: float
    nodes: int
    point_nodes: int
    fits: int
    supports: int
    leaves: int
    seeding: float
    total: float

def search_supports(request: SupportsRequest) -> SupportsOutcome: ...
def best_scale(
    scores: FloatArray, positive: FloatArray, negative: FloatArray, low: float, high: float
) -> float: ...
def line_sums(
    z: FloatArray, positive: FloatArray, negative: FloatArray, t: float, v: float
) -> tuple[float, float, float, float, float, float, float, float]: ...
def loss_at(
    columns: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    w: FloatArray,
    as_bits: bool = False,
    step: FloatArray | None = None,
) -> tuple[float, list[float], list[float], list[float], list[float], float, list[float]]: ...
def bounded_fit(
    columns: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    cutoff: float,
    start: FloatArray | None = None,
    stop: Callable[[], bool] | None = ...,
    as_bits: bool = False,
) -> tuple[float, float, FloatArray]: ...
def family_fit(
    features: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    cutoff: float,
    room: int,
) -> tuple[bool, float, list[float], list[list[int]]]: ...
def solve_definite(matrix: FloatArray, right: FloatArray) -> list[float]: ...
def sparse_fit(
    columns: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    start: FloatArray,
    optional: int,
    chosen: int,
    cutoff: float,
    as_bits: bool = False,
) -> tuple[float, float, float, list[float], list[float]]: ...

class SlimScore:
    """A score under the 0-1 loss, its value in units of weight."""

    points: list[int]
    false_negative: float
    false_positive: float
    value: float

class SlimOutcome:
    """What a search for scores under the 0-1 loss did and proved."""

    end: End
    best: SlimScore | None
    open_bound: float
    tie: float
    nodes: int
    open_nodes: int
    seeding: float
    total: float

def search_slim(request: TreeRequest) -> SlimOutcome: ...
def nearest_pairs(
    positive: FloatArray,
    negative: FloatArray,
    plus: FloatArray,
    minus: FloatArray,
    on_positive: FloatArray,
    on_negative: FloatArray,
    count: int,
    limit: float,
    stop: Callable[[], bool] | None = ...,
) -> tuple[list[int], list[int], list[float]]: ...
def light_quads(
    positive: FloatArray,
    negative: FloatArray,
    plus: FloatArray,
    minus: FloatArray,
    on_positive: FloatArray,
    on_negative: FloatArray,
    candidates: int,
    count: int,
    share: int,
    limit: float,
    stop: Callable[[], bool] | None = ...,
) -> list[list[int]]: ...
