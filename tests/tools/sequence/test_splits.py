from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tools.errors import UserInputError
from tools.sequence.interactions import interactions_from_columns
from tools.sequence.splits import time_split

EVENTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 8), st.integers(0, 12)), min_size=4, max_size=60
)
QUANTILES = st.sampled_from([0.3, 0.5, 0.8, 0.9])


def made_of(events):
    return interactions_from_columns(*(np.array([event[k] for event in events]) for k in range(3)), 9)


def cut_of(times, quantile):
    """The least time that has the share of events at or before it, the slow way."""
    return next(t for t in sorted(times) if sum(x <= t for x in times) >= quantile * len(times) - 1e-9)


@given(EVENTS, QUANTILES, st.sampled_from(["last", "successive"]))
def test_what_lies_where(events, quantile, targets):
    made = made_of(events)
    try:
        split = time_split(made, quantile, targets)
    except UserInputError:
        assume(False)
    whole = made.sequences()
    time_of = dict(
        zip(zip(made.users.tolist(), made.items.tolist(), strict=True), made.times.tolist(), strict=True)
    )
    test_cut = cut_of(made.times.tolist(), quantile)
    before = [time for time in made.times.tolist() if time <= test_cut]
    validation_cut = cut_of(before, quantile)
    parts = (
        (split.train, split.validation, split.train_and_validation, validation_cut),
        (split.train_and_validation, split.test, whole, test_cut),
    )
    for known, cases, everything, cut in parts:
        assert known.user_count == everything.user_count == made.user_count
        for user in range(made.user_count):
            history = everything.history(user).tolist()
            early = [item for item in history if time_of[user, item] <= cut]
            late = history[len(early) :]
            # nothing known is later than the cut, nothing at or before it is missing, and the rest is after it
            assert known.history(user).tolist() == early
            assert all(time_of[user, item] > cut for item in late)
            askable = late if early else late[1:]
            asked = cases.targets[cases.users == user].tolist()
            assert asked == (askable if targets == "successive" else askable[-1:])
        for case in range(len(cases)):
            user, target = int(cases.users[case]), int(cases.targets[case])
            history, of_user = cases.history(case).tolist(), everything.history(user).tolist()
            assert history
            assert of_user[: len(history) + 1] == [*history, target]


def test_a_small_world_by_hand():
    #           user 0: 1 2 3 9   user 1: 4 5 10   user 2: only 10, 11   user 3: 10
    users = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]
    items = [0, 1, 2, 3, 0, 1, 4, 5, 6, 7]
    times = [1, 2, 3, 9, 4, 5, 10, 10, 11, 10]
    made = interactions_from_columns(users, items, times, 8)
    last = time_split(made, 0.5)  # the fifth time of ten is 5, then the third of five is 3
    assert last.train_and_validation.offsets.tolist() == [0, 3, 5, 5, 5]
    assert last.test.users.tolist() == [0, 1, 2]  # user 3 has no history
    assert last.test.targets.tolist() == [3, 4, 6]
    assert [h.tolist() for h in last.test.histories()] == [[0, 1, 2], [0, 1], [5]]
    assert last.train.offsets.tolist() == [0, 3, 3, 3, 3]
    assert last.validation.users.tolist() == [1]
    assert [h.tolist() for h in last.validation.histories()] == [[0]]
    each = time_split(made, 0.2, "successive")
    assert each.test.targets.tolist() == [2, 3, 1, 4, 6]


def test_events_at_the_time_of_the_cut_lie_before_it():
    times = [1, 1, 2, 2, 5, 5, 5, 9]
    made = interactions_from_columns([0] * 8, list(range(8)), times, 8)
    split = time_split(made, 0.55)  # the fifth of eight, then the fourth of seven
    assert split.train_and_validation.items.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert split.test.targets.tolist() == [7]
    assert split.train.items.tolist() == [0, 1, 2, 3]
    assert split.validation.targets.tolist() == [6]


def test_a_split_nobody_can_be_asked_in_is_refused():
    def split(users, times, quantile=0.5):
        return time_split(interactions_from_columns(users, list(range(len(users))), times, 9), quantile)

    with pytest.raises(UserInputError, match="test part"):
        split([0, 0, 0], [7, 7, 7])
    with pytest.raises(UserInputError, match="test part"):
        split([0, 0, 1], [1, 1, 9])  # who comes after the cut has no history
    with pytest.raises(UserInputError, match="validation part"):
        split([0, 0, 0], [1, 1, 9])
    with pytest.raises(UserInputError, match="test part"):
        split([], [])


def test_what_cannot_be_split(chain):
    with pytest.raises(UserInputError, match="needs times"):
        time_split(replace(chain, timed=False))
    for quantile in (0, 1, -0.1, float("nan")):
        with pytest.raises(UserInputError, match="between 0 and 1"):
            time_split(chain, quantile)
    with pytest.raises(UserInputError, match="'last' or 'successive'"):
        time_split(chain, 0.5, "first")
