"""The objectives against torch's own losses and the formula of Petrov & Macdonald 2023."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tools.sequence.neural import objectives
from tools.sequence.neural.objectives import OBJECTIVES, full_softmax, gbce, sampled_softmax


def drawn(positions, items, size=1.0, seed=0):
    random = torch.Generator().manual_seed(seed)
    tensors = [
        torch.randn(positions, 8, generator=random) * size,
        torch.randn(items, 8, generator=random),
        torch.randn(items, generator=random),
    ]
    return tensors, torch.randint(items, (positions,), generator=random)


def loss_and_gradients(objective, tensors, targets, weight=3.0):
    """The loss, and the gradients of `weight` times it."""
    states, vectors, bias = (tensor.clone().requires_grad_() for tensor in tensors)
    loss = objective(states, targets, vectors, bias, torch.Generator().manual_seed(0))
    (loss * weight).backward()
    return [loss.detach(), states.grad, vectors.grad, bias.grad]


def cross_entropy(states, targets, vectors, bias, _random):
    return functional.cross_entropy(states @ vectors.T + bias, targets)


@pytest.mark.parametrize("size", [0.1, 1.0, 30.0])  # logits that exp() can take, and such that it cannot
@pytest.mark.parametrize(
    ("positions", "items"), [(1, 1), (1, 50), (37, 1), (37, 50), (64, 50), (33, 700), (16, 5000)]
)
def test_full_softmax_is_torch_cross_entropy(positions, items, size, monkeypatch):
    monkeypatch.setattr(objectives, "LOGITS", 1000)  # chunks of 1000 positions, 20 and 16
    tensors, targets = drawn(positions, items, size)
    expected = loss_and_gradients(cross_entropy, tensors, targets)
    for want, got in zip(expected, loss_and_gradients(full_softmax, tensors, targets), strict=True):
        torch.testing.assert_close(got, want, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("bound", [59.0, 61.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_full_softmax_on_both_sides_of_its_bound(bound, sign):
    states, vectors = torch.zeros(20, 8), torch.randn(30, 8, generator=torch.Generator().manual_seed(2))
    vectors /= vectors.norm(dim=1, keepdim=True)
    states[:] = vectors[3] * bound * sign  # the logit of item 3 is the bound itself
    tensors, targets = [states, vectors, torch.zeros(30)], torch.arange(20)
    for want, got in zip(
        loss_and_gradients(cross_entropy, tensors, targets),
        loss_and_gradients(full_softmax, tensors, targets),
        strict=True,
    ):
        torch.testing.assert_close(got, want, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("size", [0.5, 30.0])
@pytest.mark.parametrize("items", [50, 3000])
def test_full_softmax_comes_near_in_bfloat16(size, items):
    tensors, targets = drawn(60, items, size)
    exact = loss_and_gradients(full_softmax, tensors, targets)
    with torch.autocast("cpu", torch.bfloat16):
        near = loss_and_gradients(full_softmax, tensors, targets)
    assert near[0] == pytest.approx(float(exact[0]), rel=0.02)
    for want, got in zip(exact[1:], near[1:], strict=True):
        assert got.dtype == torch.float32
        assert functional.cosine_similarity(got.flatten(), want.flatten(), dim=0) > 0.99


@pytest.mark.parametrize("objective", [sampled_softmax, gbce])
@given(items=st.integers(2, 40), seed=st.integers(0, 50))
def test_a_drawn_target_is_not_its_own_negative(objective, items, seed):
    """All logits of item i are ±50: any target among the negatives would cost log 2 at least."""
    targets = torch.arange(items)
    states = torch.eye(items) * 100
    loss = objective(
        states, targets, torch.eye(items), torch.full((items,), -50.0), torch.Generator().manual_seed(seed)
    )
    assert float(loss) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES)
def test_a_catalogue_of_one_item_leaves_nothing_to_learn(objective):
    loss, *gradients = loss_and_gradients(objective, *drawn(5, 1))
    assert torch.isfinite(loss)
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


def paper(states, targets, vectors, bias, negatives, calibration, seed=0):
    """Generalised BCE as printed: σ(s⁺)^β with β = α(t(1 - 1/α) + 1/α), α = k / |I⁻|."""
    logits = states @ vectors.T + bias
    chosen = torch.randint(len(vectors), (negatives,), generator=torch.Generator().manual_seed(seed))
    share = min(negatives / (len(vectors) - 1), 1.0)
    beta = share * (calibration * (1 - 1 / share) + 1 / share)
    losses = []
    for row, target in enumerate(targets.tolist()):
        own = torch.log(torch.sigmoid(logits[row, target]) ** beta)
        others = [torch.log(1 - torch.sigmoid(logits[row, item])) for item in chosen if item != target]
        losses.append(-(own + sum(others)) / (negatives + 1))
    return torch.stack(losses).mean()


@pytest.mark.parametrize("calibration", [0.0, 0.75, 1.0])
@pytest.mark.parametrize("negatives", [1, 10, 40, 100])
def test_gbce_is_the_printed_formula(calibration, negatives, monkeypatch):
    monkeypatch.setattr(objectives, "NEGATIVES", negatives)
    monkeypatch.setattr(objectives, "CALIBRATION", calibration)
    tensors, targets = drawn(12, 41, 0.5)
    got = gbce(tensors[0], targets, *tensors[1:], torch.Generator().manual_seed(0))
    expected = paper(tensors[0], targets, *tensors[1:], min(negatives, 41), calibration)
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)


def test_with_every_item_drawn_calibration_changes_nothing(monkeypatch):
    tensors, targets = drawn(12, 41)
    losses = []
    for calibration in (0.0, 0.75, 1.0):
        monkeypatch.setattr(objectives, "CALIBRATION", calibration)
        losses.append(float(gbce(tensors[0], targets, *tensors[1:], torch.Generator().manual_seed(0))))
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-6)


@pytest.mark.parametrize("objective", [sampled_softmax, gbce])
def test_samples_come_from_the_generator(objective, monkeypatch):
    monkeypatch.setattr(objectives, "NEGATIVES", 5)
    tensors, targets = drawn(9, 60)
    first, second, other = (
        float(objective(tensors[0], targets, *tensors[1:], torch.Generator().manual_seed(seed)))
        for seed in (1, 1, 2)
    )
    assert first == second != other


def test_sampled_softmax_is_cross_entropy_among_the_drawn(monkeypatch):
    monkeypatch.setattr(objectives, "NEGATIVES", 6)
    (states, vectors, bias), targets = drawn(9, 30)
    chosen = torch.randint(30, (6,), generator=torch.Generator().manual_seed(0)).tolist()
    logits = states @ vectors.T + bias
    expected = torch.stack(
        [
            torch.logsumexp(logits[row, [target, *(i for i in chosen if i != target)]], 0)
            - logits[row, target]
            for row, target in enumerate(targets.tolist())
        ]
    ).mean()
    got = sampled_softmax(states, targets, vectors, bias, torch.Generator().manual_seed(0))
    torch.testing.assert_close(got, expected)
