from collections.abc import Callable
from typing import Any

from riskslim.solvers._typing import BoolArray, FloatArray

class LogisticData:
    """Table of merged rows in native storage; every method but the constructor is read-only."""

    def __init__(
        self,
        features: FloatArray,
        positive: FloatArray,
        negative: FloatArray,
        storage: str = "auto",
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
    on_points: FloatArray,
    on_indicators: FloatArray,
    row_lower: FloatArray,
    row_upper: FloatArray,
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
    on_points: FloatArray,
    on_indicators: FloatArray,
    row_lower: FloatArray,
    row_upper: FloatArray,
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
def search_supports(
    features: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    cost: FloatArray,
    on_points: FloatArray,
    on_indicators: FloatArray,
    row_lower: FloatArray,
    row_upper: FloatArray,
    coefficients: FloatArray,
    thresholds: FloatArray,
    with_intercept: FloatArray,
    least: FloatArray,
    most: FloatArray,
    groups: list[tuple[list[list[int]], int]],
    starts: FloatArray,
    min_size: int,
    max_size: int,
    smallest_multiplier: float,
    largest_multiplier: float,
    by_size: bool,
    pool_tolerance: float,
    pool_limit: int,
    threads: int,
    time_limit: float,
    node_limit: int,
    memory_limit: float,
    beam_width: int,
    poll: Callable[[int, int, float], bool],
) -> dict[str, Any]: ...
def bounded_fit(
    columns: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    cutoff: float,
    start: FloatArray | None = None,
    stop: Callable[[], bool] | None = ...,
) -> tuple[float, float, FloatArray]: ...
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
) -> tuple[float, float, float, list[float], list[float]]: ...
def search_slim(
    features: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    cost: FloatArray,
    unit: float,
    on_points: FloatArray,
    on_indicators: FloatArray,
    row_lower: FloatArray,
    row_upper: FloatArray,
    on_predictions: FloatArray,
    prediction_lower: FloatArray,
    prediction_upper: FloatArray,
    limits: FloatArray,
    min_size: int,
    max_size: int,
    margin: float,
    reach: float,
    price_negative: float,
    price_positive: float,
    prediction_prices: FloatArray,
    starts: FloatArray,
    known: FloatArray,
    seed: int,
    threads: int,
    time_limit: float,
    node_limit: int,
    effort: float,
    poll: Callable[[int, int, float, float], bool],
) -> dict[str, Any]: ...
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
