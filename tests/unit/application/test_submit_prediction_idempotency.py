"""Submissions with an Idempotency-Key."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.accept.command import SubmitPredictionCommand
from domain.access.caller import ANYBODY
from domain.errors import DatabaseUnavailable, IdempotencyConflict, UnsupportedImage
from domain.idempotency import IdempotencyKey
from domain.image import ImageHash
from domain.prediction_state import Failure
from tests.harness.builders import png
from tests.unit.application.faulty_database import Fault, FaultyDatabase, SlowToSee
from tests.unit.application.test_submit_prediction import SOON, World, world

__all__ = ["world"]

KEY = IdempotencyKey("the key")
DOG = SubmitPredictionCommand(png(), ANYBODY, name="dog", idempotency_key=KEY)


def test_the_same_submission_again_is_the_same_prediction(world: World) -> None:
    first = world.submit.execute(DOG)
    world.clock.advance(timedelta(days=1))
    assert world.submit.execute(DOG) == first
    assert len(world.unit_of_work) == len(world.image_store) == len(world.queue.receive(9, SOON)) == 1


def test_the_same_submission_twice_in_a_group_is_one_prediction(world: World) -> None:
    first, second = world.submit.execute_all([DOG, DOG])
    assert first == second
    assert len(world.image_store) == len(world.unit_of_work) == len(world.queue.receive(9, SOON)) == 1


def test_it_is_answered_with_the_state_as_it_is(world: World) -> None:
    first = world.submit.execute(DOG)
    with world.unit_of_work.begin() as tx:
        [prediction] = tx.predictions.lock([first.uuid])
        prediction.give_up(Failure("image_missing", "The image is gone."), world.clock.now())
        tx.predictions.save([prediction])
        tx.commit()
    assert world.submit.execute(DOG) == prediction


@pytest.mark.parametrize(
    "other",
    [
        replace(DOG, image=png(width=3)),
        replace(DOG, name="cat"),
        replace(DOG, top_k=3),
        replace(DOG, model="squeezenet1_0"),
    ],
)
def test_the_same_key_for_something_else_is_refused(world: World, other: SubmitPredictionCommand) -> None:
    first = world.submit.execute(DOG)
    with pytest.raises(IdempotencyConflict):
        world.submit.execute(other)
    assert len(world.unit_of_work) == len(world.image_store) == len(world.queue.receive(9, SOON)) == 1
    assert world.submit.execute(replace(other, idempotency_key=IdempotencyKey("another"))) != first


def test_without_a_key_the_same_picture_is_another_prediction(world: World) -> None:
    command = replace(DOG, idempotency_key=None)
    assert world.submit.execute(command).uuid != world.submit.execute(command).uuid


def test_a_fingerprint_outlives_the_version_that_made_it() -> None:
    """It is kept in the database: what is worked out here has to stay what it was."""
    picture = ImageHash.of(DOG.image)
    assert DOG.fingerprint(picture) == "b432f43da6ec079fca4c6287b755d352a06127296c2ac773c401cb578a304885"


def test_a_refused_picture_does_not_use_its_key_up(world: World) -> None:
    with pytest.raises(UnsupportedImage):
        world.submit.execute(replace(DOG, image=b"Dear Sir"))
    assert world.submit.execute(DOG).name == "dog"


def test_the_loser_of_a_race_answers_with_the_winner_s_prediction_and_leaves_no_picture() -> None:
    unit_of_work = SlowToSee()
    world = World(unit_of_work)
    first = world.submit.execute(DOG)
    unit_of_work.blind = 1
    assert world.submit.execute(DOG) == first
    unit_of_work.blind = 1
    with pytest.raises(IdempotencyConflict):
        world.submit.execute(replace(DOG, name="cat"))
    assert len(world.unit_of_work) == len(world.image_store) == len(world.queue.receive(9, SOON)) == 1


def test_a_winner_that_is_deleted_at_once_is_told_as_a_moment_s_trouble() -> None:
    unit_of_work = SlowToSee()
    world = World(unit_of_work)
    world.submit.execute(DOG)
    unit_of_work.blind = 2
    with pytest.raises(DatabaseUnavailable):
        world.submit.execute(DOG)
    assert len(world.image_store) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE])
def test_a_key_survives_an_ambiguous_commit(fault: Fault) -> None:
    world = World(FaultyDatabase(fault))
    first = world.submit.execute(DOG)
    assert world.submit.execute(DOG) == first
    assert len(world.unit_of_work) == len(world.image_store) == 1
