"""The network: a dialogue is scored the same alone and among others, and reads what is named and said."""

import numpy as np
import torch

from tools.dialogue.hearing import Heard
from tools.dialogue.network import (
    LENGTH,
    NAMED_BY_SEEKER,
    PRIOR,
    SAID_BY_SEEKER,
    DialogueNetwork,
    Example,
    Token,
    make_batch,
    tokens_of,
)

ITEMS, INPUTS, SAID = 9, 12, 8


def _parts() -> tuple[DialogueNetwork, torch.Tensor, torch.Tensor, np.ndarray]:
    torch.manual_seed(0)
    network = DialogueNetwork(INPUTS, SAID).eval()
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(4, SAID)).astype(np.float32)
    return network, torch.randn(ITEMS, INPUTS), torch.randn(ITEMS, PRIOR), vectors


def test_a_dialogue_alone_is_scored_as_among_longer_ones() -> None:
    network, inputs, priors, vectors = _parts()
    short = Example((Token(SAID_BY_SEEKER, said=1), Token(NAMED_BY_SEEKER, item=3)), (3,), ())
    long = Example(tuple(Token(NAMED_BY_SEEKER, item=n) for n in range(7)), tuple(range(7)), ())
    nothing = Example((), (), ())
    with torch.no_grad():
        alone = network(make_batch([short], vectors, ITEMS), inputs, priors)
        among = network(make_batch([long, short, nothing], vectors, ITEMS), inputs, priors)
    assert torch.allclose(alone[0], among[1], atol=1e-5)
    assert torch.isfinite(among).all()


def test_what_was_said_and_what_was_named_both_matter() -> None:
    network, inputs, priors, vectors = _parts()
    examples = [
        Example((Token(SAID_BY_SEEKER, said=said), Token(NAMED_BY_SEEKER, item=item)), (item,), ())
        for said, item in ((0, 1), (1, 1), (0, 2))
    ]
    with torch.no_grad():
        scores = network(make_batch(examples, vectors, ITEMS), inputs, priors)
    assert not torch.allclose(scores[0], scores[1])
    assert not torch.allclose(scores[0], scores[2])


def test_tokens_stand_in_order_and_the_last_are_kept() -> None:
    heard = Heard((-1, 0, 1), ((1, 5), (2, 6)))
    assert [(t.item, t.said) for t in tokens_of(heard)] == [(0, 0), (5, -1), (0, 1), (6, -1)]
    assert [(t.item, t.said) for t in tokens_of(heard, until=2)] == [(0, 0), (5, -1)]
    long = Heard(tuple(range(40)), ())
    assert [t.said for t in tokens_of(long)] == list(range(40 - LENGTH, 40))
