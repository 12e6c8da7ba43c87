from application.turns.lane_allowance import LaneAllowance


def simulate(per_look: int, looks: int = 40) -> tuple[LaneAllowance, list[int]]:
    """Engines that take so many jobs between two looks, while more are there than they can do.

    Returns:
        the allowance, and how many jobs they got each time.
    """
    allowance, waiting, done = LaneAllowance(), 0, []
    for _ in range(looks):
        allowance.renew(waiting)
        waiting += allowance.use(10_000)
        taken = min(waiting, per_look)
        waiting -= taken
        done.append(taken)
    return allowance, done


def test_fast_engines_soon_get_all_that_they_can_do() -> None:
    for per_look in (10, 60, 300, 2000):
        _, done = simulate(per_look)
        assert done[8:] == [per_look] * len(done[8:])


def test_no_more_waits_than_the_engines_do_in_a_few_looks() -> None:
    for per_look in (10, 60, 300, 2000):
        allowance, _ = simulate(per_look)
        assert allowance.size <= max(4 * per_look, LaneAllowance.LEAST)


def test_slow_engines_have_few_jobs_before_them() -> None:
    allowance, _ = simulate(per_look=1)
    assert allowance.size == LaneAllowance.LEAST


def test_it_never_grows_without_end() -> None:
    allowance, _ = simulate(per_look=100_000)
    assert allowance.size == LaneAllowance.MOST


def test_an_allowance_that_is_not_used_up_does_not_grow() -> None:
    allowance = LaneAllowance()
    for _ in range(9):
        allowance.renew(waiting=0)
        assert allowance.use(LaneAllowance.FIRST - 1) == LaneAllowance.FIRST - 1
    assert allowance.size == LaneAllowance.FIRST


def test_a_lane_that_is_full_already_gets_nothing_more() -> None:
    allowance = LaneAllowance()
    allowance.renew(waiting=20_000)
    assert (allowance.left, allowance.use(1)) == (0, 0)
