"""The arithmetic of the soak test; nothing is run here."""

from soak.audit import Audit


def _ended(status: str, label: str | None = None, code: str | None = None) -> dict[str, object]:
    return {"status": status, "prediction": label, "error": {"code": code}}


def test_a_good_picture_that_failed_is_told_from_another_label() -> None:
    audit = Audit([], {"good": "espresso", "bad": "failed:attempts_exhausted", "other": "espresso", "gone": "espresso"})
    audit.final = {
        "good": _ended("failed", code="image_missing"),
        "bad": _ended("failed", code="attempts_exhausted"),
        "other": _ended("succeeded", "teapot"),
        "gone": _ended("canceled", code="canceled"),
    }
    assert audit.wrongly_failed() == [("good", "image_missing")]
    counts = audit.counted(before={})
    assert (counts.lost, counts.failed, counts.wrong, counts.stuck) == (0, 1, 2, 0)
