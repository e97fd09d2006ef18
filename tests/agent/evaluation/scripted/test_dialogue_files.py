"""Faulty dialogue files get one sentence with file, turn and key; and what is a dialogue file among others."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.scripted import Dialogue, DialogueTurn, check_against, find_dialogues, read_dialogue
from agent.evaluation.scripted.partners.opening import catalog_folder
from tools.demo import DEMO_FOLDER
from tools.errors import UserInputError

HERE = Path(__file__).parents[3]

FAULTY = [
    ('[[turn]]\nsay = "hi"\n[[turn]]\nsay = "x"\nsayz = 1', "turn 2: sayz: "),
    ('[[turn]]\nsay = "hi"\nshows = "many"', "turn 1: shows: "),
    ('colour = "red"\n[[turn]]\nsay = "hi"', "colour: "),
    ("turn = []", "turn: "),
    ('[[turn]]\nsay = "hi"\npress = { item = 1, kind = "liked" }', "turn 1: has `say` and `press`; "),
    ("[[turn]]\nshows = 1", "turn 1: has none of them; a turn has exactly one of say, press, "),
    ('[[turn]]\npress = { item = 1, kind = "liked" }', "turn 1: press: nothing was shown or asked before it"),
    ('[[turn]]\nsay = "a"\n[[turn]]\npress = { item = 0, kind = "liked" }', "turn 2: press: item: "),
    ('[[turn]]\nsay = "a"\n[[turn]]\npress = { item = 1, kind = "hugged" }', "turn 2: press: kind: "),
    ("[[turn]]\nreply_question = 1", "turn 1: reply_question: nothing was shown or asked"),
    (
        '[[turn]]\nsay = "a"\n[[turn]]\npress = { item = "Alba", kind = "liked" }\nnew_session = true',
        "turn 2: press: nothing was shown or asked",
    ),
    (
        '[[turn]]\nsay = "a"\n[[turn]]\nreply_question = 1\nnew_session = true',
        "turn 2: reply_question: nothing was shown or asked",
    ),
    ('[[turn]]\nsay = "a"\nkeeps = 1', "turn 1: keeps: nothing was shown"),
    ('[[turn]]\nsay = "a"\n[[turn]]\nundo = true\nshows = 1', "turn 2: shows: `undo` is a button"),
    ('[[turn]]\nsay = "a"\nsays_match = ["(x"]', "turn 1: says_match: '(x' is no regular expression: "),
    ('[[turn]]\nsay = "a"\nforget_never = ["Alba"]', "turn 1: forget_never: 'Alba' was not refused before"),
    ('[[turn]]\nsay = "a', "is not TOML: "),
]


@pytest.mark.parametrize(("text", "said"), FAULTY)
def test_a_faulty_file_is_told_in_one_sentence(write_dialogue: Any, text: str, said: str) -> None:
    path = write_dialogue(text)
    with pytest.raises(UserInputError) as told:
        read_dialogue(path)
    assert str(told.value).startswith(str(path))
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('every = { colour = "red" }', "turn 1: every: no facet 'colour'; there are: city, price"),
        ('none = { city = "Portoo" }', "turn 1: none: no city 'Portoo'; near: 'Porto'"),
        ('some = { city = ["Porto", "Madrid"] }', "turn 1: some: no city 'Madrid'"),
        ("at_most = { city = 3 }", "turn 1: at_most: city is no number"),
        ('every = { price = "low" }', "turn 1: every: price is a number"),
        ('question_about = "mood"', "turn 1: question_about: no facet 'mood'"),
        ('never_facets = { mood = "x" }', "turn 1: never_facets: no facet 'mood'"),
        ('includes = ["Albaa"]', "turn 1: includes: no place 'Albaa'; near: 'Alba'"),
        ('exactly = ["X"]', "turn 1: exactly: no place 'X'"),
        ('first = "X"', "turn 1: first: no place 'X'"),
        ('never = ["X"]', "turn 1: never: no place 'X'"),
        ('liked = ["X"]', "turn 1: liked: no place 'X'"),
        ("position = { X = 1 }", "turn 1: position: no place 'X'"),
    ],
)
def test_what_the_catalogue_does_not_have_is_told(
    write_dialogue: Any, places: Any, lines: str, said: str
) -> None:
    path = write_dialogue(f'[[turn]]\nsay = "hi"\n{lines}')
    with pytest.raises(UserInputError) as told:
        check_against(read_dialogue(path), places, path)
    assert f"{path}: {said}" in str(told.value)


def test_what_holds_of_the_whole_dialogue_is_checked_against_the_catalogue_too(
    write_dialogue: Any, places: Any
) -> None:
    for line, said in (
        ('never = ["X"]', ": never: no place"),
        ("never_facets = { z = 1 }", ": never_facets: no facet"),
    ):
        path = write_dialogue(f'{line}\n[[turn]]\nsay = "hi"')
        with pytest.raises(UserInputError, match=said):
            check_against(read_dialogue(path), places, path)


def test_a_dialogue_that_fits_the_catalogue_is_taken(write_dialogue: Any, places: Any) -> None:
    path = write_dialogue(
        'never = ["Fina"]\nnever_facets = { price = 50 }\n[[turn]]\nsay = "hi"\nquestion_about = "conflict"\n'
        'every = { city = ["Porto", "Lisbon"], price = 3 }\nposition = { Alba = 1 }\nat_most = { price = 3 }'
    )
    check_against(read_dialogue(path), places, path)


def test_dialogues_are_found_in_folders_and_utterances_passed_over(
    write_dialogue: Any, tmp_path: Path
) -> None:
    turn = '[[turn]]\nsay = "x"'
    second = write_dialogue(turn, "b/two.toml")
    first = write_dialogue('title = "x"\n\n  [[ turn ]]\nsay = "x', "a/one.toml")  # broken, and a dialogue
    said = write_dialogue('[[utterance]]\nsay = "x"', "a/said.toml")
    other = write_dialogue('[catalog]\nname = "x"', "a/catalog.toml")
    assert find_dialogues([tmp_path]) == [first, second]
    assert find_dialogues([second, tmp_path, said]) == [second, first]
    for paths, message in (
        ([tmp_path / "none"], "no file or folder"),
        ([other], "is no dialogue"),
        ([said], r"no dialogue \(a .toml file"),
    ):
        with pytest.raises(UserInputError, match=message):
            find_dialogues(paths)


def test_where_a_catalogue_is() -> None:
    file = HERE / "dialogues" / "step_by_step.toml"
    assert catalog_folder("films", file) == DEMO_FOLDER
    assert catalog_folder("restaurants", file) == HERE / "restaurants"
    assert catalog_folder("../restaurants", file) == HERE / "restaurants"
    with pytest.raises(
        UserInputError, match=r"step_by_step.toml: catalog: no catalog.toml in .*/nowhere nor in"
    ):
        catalog_folder("nowhere", file)


def test_the_documentation_names_every_key_and_its_example_is_read(
    write_dialogue: Any, film_parser: Any
) -> None:
    told = (HERE.parent / "docs" / "dialogues.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in told.splitlines() if line.startswith("| `")]
    named = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert named | {"new_session"} == set(DialogueTurn.model_fields) | set(Dialogue.model_fields)
    assert "`new_session = true`" in told
    example = re.search(r"```toml\n(.*?)```", told, re.DOTALL)
    assert example is not None
    path = write_dialogue(example[1])
    check_against(read_dialogue(path), film_parser.catalog, path)
