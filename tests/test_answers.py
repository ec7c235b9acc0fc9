"""Answers: a value is handed out in the expected type or not at all, and every listing has an end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from regionproof.answers import MOST_EMPTY_PAGES, Answer, pages
from regionproof.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRONG_TEXTS = [None, "", 7, True, ["a"], {"a": 1}]


def _answer(**content: Any) -> Answer:
    return Answer("organizations:ListAccounts", content)


def test_values_of_the_expected_type_are_handed_out() -> None:
    """Each by its name."""
    answer = _answer(Id="a", Count=0, Part={"Id": "b"}, Parts=[{"Id": "c"}], Texts=["d"])
    assert (answer.text("Id"), answer.number("Count"), answer.part("Part").text("Id")) == ("a", 0, "b")
    assert [part.text("Id") for part in answer.parts("Parts")] == ["c"]
    assert answer.texts("Texts") == ["d"]
    assert answer.text_or("Missing", "default") == answer.text_or("Missing", "default") == "default"


@pytest.mark.parametrize("value", WRONG_TEXTS)
def test_what_is_no_text_is_refused(value: Any) -> None:
    """Null, empty, and every other type."""
    with pytest.raises(UnexpectedAnswer, match=r"organizations:ListAccounts was answered with.* Id"):
        _answer(Id=value).text("Id")


@pytest.mark.parametrize("value", [7, ["a"], {"a": 1}])
def test_a_default_replaces_nothing_but_a_missing_text(value: Any) -> None:
    """A text of another type is not a missing one."""
    with pytest.raises(UnexpectedAnswer):
        _answer(Name=value).text_or("Name", "")


@pytest.mark.parametrize("value", [None, "1", -1, 1.0, True, []])
def test_what_is_no_count_is_refused(value: Any) -> None:
    """True is a number in Python only."""
    with pytest.raises(UnexpectedAnswer):
        _answer(Count=value).number("Count")


@pytest.mark.parametrize("value", [None, "a", 7, {"Id": "a"}, [None], ["a"], [["a"]]])
def test_what_is_no_list_of_structures_is_refused(value: Any) -> None:
    """One wrong entry spoils the list: a part of it would pass for the whole."""
    with pytest.raises(UnexpectedAnswer):
        _answer(Accounts=value).parts("Accounts")


@pytest.mark.parametrize("value", [None, "a", [7], [None], [""]])
def test_what_is_no_list_of_texts_is_refused(value: Any) -> None:
    """The same for names."""
    with pytest.raises(UnexpectedAnswer):
        _answer(Names=value).texts("Names")


def test_an_error_shows_a_part_of_the_value_only() -> None:
    """It may be a whole page of a proxy."""
    with pytest.raises(UnexpectedAnswer) as caught:
        _answer(Accounts="x" * 10_000).parts("Accounts")
    assert len(str(caught.value)) < 300


def _listing(page_of: Callable[[int], dict[str, Any]]) -> tuple[Iterator[list[Answer]], list[dict[str, Any]]]:
    """Return a listing whose pages are made by number, and the arguments of its calls."""
    asked: list[dict[str, Any]] = []
    numbers = itertools.count()

    def ask(**arguments: Any) -> Answer:
        asked.append(arguments)
        return _answer(**page_of(next(numbers)))

    return pages(ask, "Accounts", most=500, MaxResults=20), asked


def test_a_listing_follows_its_tokens_to_the_last_page() -> None:
    """With the same arguments each time."""
    listing, asked = _listing(lambda n: {"Accounts": [{"Id": n}], **({"NextToken": str(n)} if n < 2 else {})})
    assert [entries[0].content["Id"] for entries in listing] == [0, 1, 2]
    assert asked == [{"MaxResults": 20}, {"MaxResults": 20, "NextToken": "0"}, {"MaxResults": 20, "NextToken": "1"}]


ENDLESS: dict[str, Callable[[int], dict[str, Any]]] = {
    "the same token": lambda n: {"Accounts": [{"Id": n}], "NextToken": "A"},
    "two tokens in turn": lambda n: {"Accounts": [{"Id": n}], "NextToken": "AB"[n % 2]},
    "many tokens in turn": lambda n: {"Accounts": [{"Id": n}], "NextToken": str(n % 50)},
    "empty pages": lambda n: {"Accounts": [], "NextToken": str(n)},
    "the same page": lambda n: {"Accounts": [{"Id": "a"}], "NextToken": str(n)},
    "always more": lambda n: {"Accounts": [{"Id": n}], "NextToken": str(n)},
}


@pytest.mark.parametrize("page_of", ENDLESS.values(), ids=ENDLESS)
def test_a_listing_without_an_end_is_refused(page_of: Callable[[int], dict[str, Any]]) -> None:
    """After a number of calls that no real one needs."""
    listing, asked = _listing(page_of)
    with pytest.raises(UnexpectedAnswer, match="has no end"):
        list(listing)
    assert len(asked) <= 500


@pytest.mark.parametrize("token", [7, ["A"], {"a": 1}, True])
def test_a_token_of_another_type_is_refused(token: Any) -> None:
    """It is never taken for the last page."""
    listing, _ = _listing(lambda _n: {"Accounts": [], "NextToken": token})
    with pytest.raises(UnexpectedAnswer, match="NextToken"):
        list(listing)


def test_some_empty_pages_are_no_end() -> None:
    """AWS documents them."""

    def page_of(number: int) -> dict[str, Any]:
        return {"Accounts": [], "NextToken": str(number)} if number < MOST_EMPTY_PAGES else {"Accounts": [{}]}

    listing, _ = _listing(page_of)
    assert sum(1 for _ in listing) == MOST_EMPTY_PAGES + 1
