import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import UserInputError
from tools.sequence.interactions import interactions_from_columns, known_events, known_items, leave_one_out

EVENTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8), st.integers(0, 3)), max_size=60)


def columns(events):
    return [np.array([event[k] for event in events], dtype=np.int64) for k in range(3)]


def test_sorted_by_time_and_file_order_breaks_ties():
    made = interactions_from_columns([7, 7, 7, 3], [4, 2, 1, 0], [5, 5, 1, 9], 5)
    assert made.users.tolist() == [0, 1, 1, 1]
    assert made.items.tolist() == [0, 1, 4, 2]
    flat, offsets, times = made.sequences()
    assert flat.tolist() == [0, 1, 4, 2]
    assert offsets.tolist() == [0, 1, 4]
    assert times.tolist() == [9, 1, 5, 5]


def test_first_of_a_repeated_pair_is_kept():
    made = interactions_from_columns([0, 0, 0], [1, 2, 1], [3, 2, 1], 3)
    assert made.items.tolist() == [1, 2]
    assert made.times.tolist() == [1, 2]


@given(EVENTS)
def test_no_pair_twice_and_times_never_fall(events):
    made = interactions_from_columns(*columns(events), 9)
    pairs = list(zip(made.users.tolist(), made.items.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) == len({(user, item) for user, item, _ in events})
    for user in range(made.user_count):
        assert (np.diff(made.times[made.users == user]) >= 0).all()


@given(EVENTS, st.integers(1, 4))
def test_the_split_holds_out_the_last_events_and_nothing_is_lost(events, validation_events):
    made = interactions_from_columns(*columns(events), 9)
    sequences, split = made.sequences(), leave_one_out(made, validation_events)
    for user in range(made.user_count):
        history, trained = sequences.history(user).tolist(), split.train.history(user).tolist()
        validation = split.validation.targets[split.validation.users == user].tolist()
        test = split.test.targets[split.test.users == user].tolist()
        assert trained + validation + test == history
        assert bool(test) == bool(validation) == (len(history) >= 3)
        assert split.train_and_validation.history(user).tolist() == trained + validation
    for cases in (split.validation, split.test):
        for case in range(len(cases)):
            history, user = cases.history(case).tolist(), cases.users[case]
            whole = sequences.history(user).tolist()
            assert whole[: len(history) + 1] == [*history, cases.targets[case]]
            assert len(history) == len(cases.times()[case]) == cases.lengths()[case]


@given(EVENTS, st.integers(1, 4))
def test_every_event_keeps_its_time(events, validation_events):
    made = interactions_from_columns(*columns(events), 9)
    users, items, stamps = (column.tolist() for column in (made.users, made.items, made.times))
    time_of = dict(zip(zip(users, items, strict=True), stamps, strict=True))
    split = leave_one_out(made, validation_events)
    for part in (made.sequences(), split.train, split.train_and_validation):
        pairs = zip(part.owners().tolist(), part.items.tolist(), strict=True)
        assert [time_of[pair] for pair in pairs] == part.times.tolist()
    for cases in (split.validation, split.test, split.test.part(slice(1, 3)), split.test.sample(2, 0)):
        for user, history, times in zip(cases.users, cases.histories(), cases.times(), strict=True):
            assert [time_of[user, item] for item in history.tolist()] == times.tolist()


def test_an_order_alone_has_no_times():
    made = interactions_from_columns([0] * 4, [3, 1, 2, 0], [0, 2, 1, 3], 4, timed=False)
    split = leave_one_out(made)
    assert made.items.tolist() == [3, 2, 1, 0]
    assert made.sequences().times is split.train.times is split.test.times() is None


def test_long_histories_give_more_validation_events():
    users = [0] * 5 + [1] * 40
    made = interactions_from_columns(users, list(range(5)) + list(range(40)), list(range(45)), 40)
    assert np.bincount(leave_one_out(made, 3).validation.users).tolist() == [1, 3]


@pytest.mark.parametrize(
    ("users", "items", "times"),
    [
        ([0], [5], [0]),
        ([0], [-1], [0]),
        ([0, 1], [0], [0]),
        ([0], ["a"], [0]),
        ([0], [float("nan")], [0]),
        ([0], [0], [float("inf")]),
        ([0], [0], [np.datetime64("NaT")]),
        ([[0]], [[0]], [[0]]),
    ],
)
def test_unusable_columns_are_refused(users, items, times):
    with pytest.raises(UserInputError):
        interactions_from_columns(users, items, times, 5)


def test_no_events_at_all():
    made = interactions_from_columns([], [], [], 0)
    assert len(made) == made.user_count == 0
    assert len(leave_one_out(made).test) == 0


def test_sample_is_fixed_and_in_order(chain):
    cases = leave_one_out(chain).validation
    sample = cases.sample(7, seed=3)
    assert len(sample) == 7
    assert (np.diff(sample.users) > 0).all()
    assert sample.users.tolist() == cases.sample(7, seed=3).users.tolist()
    assert cases.sample(10_000, seed=3) is cases


def test_known_items_drops_strangers_and_keeps_the_latest_of_a_repeat():
    assert known_items([3, 9, -1, 1, 3], 5).tolist() == [1, 3]
    assert known_items([], 5).tolist() == []


@given(st.lists(st.integers(-3, 12), max_size=20))
def test_known_events_are_the_known_items_with_their_times(history):
    times = list(range(100, 100 + len(history)))
    items, when = known_events(history, times, 9)
    assert items.tolist() == known_items(history, 9).tolist() == known_events(history, None, 9)[0].tolist()
    latest = dict(zip(history, times, strict=True))
    assert when.tolist() == [latest[item] for item in items.tolist()]
    assert known_events(history, None, 9)[1] is None
    with pytest.raises(ValueError, match="times"):
        known_events(history, [*times, 1], 9)
