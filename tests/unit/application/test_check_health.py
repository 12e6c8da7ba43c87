from application.look_up.check_health import CheckHealth, Health
from application.ports.health_check import HealthCheck
from domain.errors import ModelUnavailable, Unavailable


class Part(HealthCheck):
    def __init__(self, name: str, problem: Unavailable | None = None) -> None:
        self._name = name
        self._problem = problem

    @property
    def name(self) -> str:
        return self._name

    def check(self) -> None:
        if self._problem:
            raise self._problem


def test_names_every_part_with_its_problem() -> None:
    loading = ModelUnavailable("The model is still loading.")
    health = CheckHealth(checks=[Part("database"), Part("model", loading), Part("queue")]).execute()
    assert health == Health({"database": None, "model": loading, "queue": None}, is_ready=False)


def test_background_work_is_named_only_while_it_fails_and_does_not_decide() -> None:
    failed = Unavailable("It failed.")
    check_health = CheckHealth(checks=[Part("database")], background=[Part("webhooks", failed), Part("chores")])
    assert check_health.execute() == Health({"database": None, "webhooks": failed}, is_ready=True)
