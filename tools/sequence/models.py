"""Every model by name, each fitted from the same material and read through the same scores."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.errors import UserInputError
from tools.sequence.baselines.ease import MOST_EXACT_ITEMS, Cooccurrence, Ease
from tools.sequence.baselines.graph import Graph
from tools.sequence.baselines.item_knn import ItemKnn
from tools.sequence.baselines.markov import Markov
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.baselines.recommender import Recommender
from tools.sequence.baselines.rules import Transitions
from tools.sequence.baselines.similarity import Similarity
from tools.sequence.evaluate import ScoreCases, scorer, timed_scorer
from tools.sequence.interactions import Split
from tools.sequence.serve import SequenceModel
from tools.sequence.words import described

if TYPE_CHECKING:
    from tools.sequence.neural.objectives import ObjectiveKind

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Material:
    """What a model may learn from, and how long."""

    split: Split  # a model never reads split.test
    item_count: int
    texts: tuple[str, ...] = ()
    features: tuple[frozenset[str], ...] = ()
    seed: int = 0
    budget_s: float | None = None  # for models that train; None: their own default
    checkpoint_folder: Path | None = None


@dataclass(frozen=True)
class Fitted:
    """A model that can be asked."""

    score: ScoreCases
    about: str = ""  # its loss and what it settled on
    curve: tuple[tuple[float, float], ...] = ()  # (seconds, validation NDCG@10) while it trained
    before_update: ScoreCases | None = None  # the same before it learnt the validation events, where it does
    served: SequenceModel | None = None  # where it can be asked as in a conversation
    weights: dict[str, dict[str, float]] = field(default_factory=dict)  # of a blend: by length and part


Fit = Callable[[Material, Progress], Fitted]


def _untrained(fit: Callable[[Material], Recommender]) -> Fit:
    return lambda material, _progress: Fitted(scorer(fit(material)))


def _ease(material: Material) -> Recommender:
    kind = Ease if material.item_count <= MOST_EXACT_ITEMS else Cooccurrence
    return kind.fit(material.split.train, material.item_count)


# Baselines first, as they stand in every table.
BASELINES: dict[str, Fit] = {
    "popularity": _untrained(lambda m: Popularity.fit(m.split.train, m.item_count)),
    "markov": _untrained(lambda m: Markov.fit(m.split.train, m.item_count)),
    "rules": _untrained(lambda m: Transitions.fit(m.split.train, m.item_count)),
    "item-knn": _untrained(lambda m: ItemKnn.fit(m.split.train, m.item_count)),
    "ease": _untrained(_ease),
    "graph": _untrained(lambda m: Graph.fit(m.split.train, m.item_count, described(m.texts, m.features))),
    "similarity": _untrained(
        lambda m: Similarity.fit(m.split.train, m.item_count, described(m.texts, m.features))
    ),
}


def _network(objective: "ObjectiveKind" = "softmax", distillation: float = 0.0, **network: Any) -> Fit:
    """One network of its own, with its best epoch chosen on validation. network: of its configuration."""

    def fit(material: Material, progress: Progress) -> Fitted:
        from tools.sequence.fit import Known, train_side_by_side
        from tools.sequence.neural.config import NetworkConfig
        from tools.sequence.neural.train import TrainConfig

        known = Known.of(material.texts, material.features, material.seed)
        shape = NetworkConfig(**network)
        if shape.items != "ids" and known.text is None:
            raise UserInputError("this data set tells nothing of its items for a network to read")
        if shape.times and material.split.train.times is None:
            raise UserInputError("this data set has an order but no times for a network to read")
        config = TrainConfig(
            network=shape,
            objective=objective,
            distillation=distillation,
            seed=material.seed,
            budget_s=material.budget_s,
        )
        split = material.split
        trained = train_side_by_side(
            split.train,
            material.item_count,
            (config,),
            split.validation,
            known.text,
            progress,
            material.checkpoint_folder,
        )
        if not trained:
            raise UserInputError("there is too little data to train a network on")
        served = trained[0].served()
        taught = f", rules distilled at {distillation:g}" if distillation else ""
        about = f"{objective}{taught}, {trained[0].epochs} epochs"
        return Fitted(timed_scorer(served), about, trained[0].curve)

    return fit


def _palate(material: Material, progress: Progress) -> Fitted:
    """The blend that is served: rules, similarity, popularity and two networks."""
    from tools.sequence.fit import Known, fit_blended, network_configs, up_to_date

    known = Known.of(material.texts, material.features, material.seed)
    timed = material.split.train.times is not None
    configs = network_configs(known, timed, material.seed, material.budget_s)
    split = material.split
    fitted = fit_blended(
        split,
        material.item_count,
        known,
        configs,
        lambda done, message: progress(0.75 * done, message),
        material.seed,
        material.checkpoint_folder,
    )
    model = up_to_date(
        split.train_and_validation,
        material.item_count,
        known,
        configs,
        fitted,
        lambda done, message: progress(0.75 + 0.25 * done, f"learning the validation events: {message}"),
    )
    epochs = "+".join(str(network.epochs) for network in fitted.networks)
    return Fitted(
        model.score_cases,
        f"softmax, {epochs} epochs, validation events learnt",
        fitted.networks[0].curve if fitted.networks else (),
        before_update=fitted.model.score_cases,
        served=model,
        weights=fitted.blend.to_json(),
    )


MODELS: dict[str, Fit] = {
    **BASELINES,
    "sasrec": _network(),
    "sasrec-sampled": _network("sampled"),
    "gsasrec": _network("gbce"),
    "esasrec": _network("sampled", encoder="ligr"),
    "bert4rec": _network(encoder="bert4rec"),
    "sasrec-text": _network(items="text"),
    "sasrec-ids-text": _network(items="ids+text"),
    "sasrec-times": _network(times=True),
    "sasrec-distilled": _network(distillation=0.2),
    "palate": _palate,
}
