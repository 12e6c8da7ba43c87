import pytest

from domain.classification import Classification, ScoredLabel

DOG, CAT = ScoredLabel("dogsled", 0.7), ScoredLabel("tabby", 0.2)


def test_the_best_label_is_the_first() -> None:
    assert Classification((DOG, CAT)).best == DOG


def test_it_can_be_limited_to_fewer_labels() -> None:
    assert Classification((DOG, CAT)).limited_to(1) == Classification((DOG,))
    assert Classification((DOG, CAT)).limited_to(9) == Classification((DOG, CAT))


@pytest.mark.parametrize("top", [(), (CAT, DOG), (DOG,) * 21])
def test_labels_come_in_order_of_falling_score(top: tuple[ScoredLabel, ...]) -> None:
    with pytest.raises(ValueError, match="labels"):
        Classification(top)


@pytest.mark.parametrize("label", ["", "x" * 51])
def test_a_label_fits_its_column(label: str) -> None:
    with pytest.raises(ValueError, match="1 to 50 characters"):
        ScoredLabel(label, 0.5)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_is_a_probability(score: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        ScoredLabel("tabby", score)
