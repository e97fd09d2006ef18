"""Orders the first of a ranking anew by boosted trees, which see what a sum of numbers cannot: one number in the light of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.dialogue.counts import Floats
from tools.errors import SetupError

ROUNDS = 80
SETTINGS = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 20,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
LEAST_ROWS, FEWEST_ROWS = 150, 20  # in a leaf; fewer where there is little to learn from
SHARE_OF_ROWS = 3_000


def _lightgbm() -> Any:
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise SetupError(
            f"lightgbm cannot be loaded ({error}); run `pip install lightgbm`, and `apt-get install libgomp1` where it is missing"
        ) from error
    return lightgbm


@dataclass(frozen=True)
class Trees:
    """Some boosters, whose mean counts."""

    boosters: tuple[Any, ...]

    def scores(self, numbers: Floats) -> Floats:
        """(items,) from (items, numbers)."""
        return np.asarray(np.mean([b.predict(numbers) for b in self.boosters], axis=0), np.float32)

    def texts(self) -> list[str]:
        """The boosters as text, which `from_texts` reads."""
        return [booster.model_to_string() for booster in self.boosters]

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> "Trees":
        """Raises SetupError when lightgbm cannot be loaded."""
        lightgbm = _lightgbm()
        return cls(tuple(lightgbm.Booster(model_str=text) for text in texts))


def fit_trees(numbers: Floats, taken: NDArray[np.bool_], seeds: Sequence[int]) -> Trees:
    """Fits one booster a seed (LambdaMART). numbers: (turns, first, numbers), taken: (turns, first); turns without any taken teach
    nothing and are left out."""
    lightgbm = _lightgbm()
    telling = taken.any(1)
    numbers, taken = numbers[telling], taken[telling]
    rows = numbers.reshape(-1, numbers.shape[2])
    least = max(FEWEST_ROWS, min(len(rows) // SHARE_OF_ROWS, LEAST_ROWS))
    groups = [numbers.shape[1]] * len(numbers)
    boosters = []
    for seed in seeds:
        data = lightgbm.Dataset(rows, taken.reshape(-1).astype(np.int32), group=groups)
        settings = {**SETTINGS, "min_data_in_leaf": least, "seed": seed}
        boosters.append(lightgbm.train(settings, data, ROUNDS))
    return Trees(tuple(boosters))
